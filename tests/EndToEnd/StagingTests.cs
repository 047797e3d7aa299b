using System.IO.Compression;
using System.Security.Cryptography;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit.Containers;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd;

/// <summary>Staging as platforms do it: a task makes a droplet of an application, and an LRP runs the droplet.</summary>
public sealed class StagingTests
{
    private static readonly byte[] App = Gzip(new RawTar().Header("./index.html", '0', 6).Data("built\n").End());

    /// <summary>The buildpack serves the application with busybox's server.</summary>
    private static readonly byte[] Buildpack = Gzip(
        new RawTar()
            .Header("bin/", '5', 0, mode: 0b111_000_000)
            .Header("bin/build", '0', Build.Length, mode: 0b111_000_000)
            .Data(Build)
            .End()
    );

    private const string Build = """
        #!/bin/sh
        set -e
        mkdir -p /tmp/droplet/app
        cp /tmp/app/index.html /tmp/droplet/app
        printf '#!/bin/sh\nexec httpd -f -p 8080 -h /home/vcap/web/app\n' > /tmp/droplet/start
        chmod 700 /tmp/droplet/start
        tar -cf - -C /tmp/droplet . | busybox gzip > /tmp/droplet.tgz
        cat /etc/cf-service-bindings/db/uri > /tmp/result
        """;

    [Fact]
    public async Task A_droplet_is_built_and_runs_although_the_node_is_killed_during_a_download()
    {
        byte[]? droplet = null;
        var appIsSent = new TaskCompletionSource();
        await using var files = new ScriptedServer(request =>
        {
            if (request.Method == "POST")
            {
                droplet = request.Body;
                return new ScriptedReply(201);
            }

            if (request.Header("if-none-match") is not null)
                return new ScriptedReply(304);
            return request.Path switch
            {
                "/app.tgz" => new ScriptedReply(200, App) { Before = appIsSent.Task }.With("ETag", "\"app\""),
                "/buildpack.tgz" => new ScriptedReply(200, Buildpack).With("ETag", "\"buildpack\""),
                "/droplet" when droplet is not null => new ScriptedReply(200, droplet).With("ETag", "\"droplet\""),
                _ => new ScriptedReply(404),
            };
        });
        var home = $"/var/lib/scheduler/e2e-{Guid.NewGuid():N}";
        var killed = await DevNode.StartAsync(home, "--cells", "1", "--transfer-deny", "169.254.0.0/16");
        var stage = await SpecAsync(
            home,
            $"""
            name: stage
            image: busybox
            user: vcap
            command: [/opt/buildpack/bin/build]
            result_file: /tmp/result
            cached_dependencies:
              - name: buildpack
                from: {files.Url("/buildpack.tgz")}
                to: /opt/buildpack
                cache_key: buildpack
            downloads:
              - name: app
                from: {files.Url("/app.tgz")}
                to: /tmp/app
                cache_key: app
                checksum: sha256:{Convert.ToHexStringLower(SHA256.HashData(App))}
            uploads:
              - name: droplet
                from: /tmp/droplet.tgz
                to: {files.Url("/upload")}
            files:
              db/uri: "db://secret"
            """
        );
        var created = await killed.RunAsync("task", "create", "-f", stage);
        await Wait.UntilAsync(() => files.Requests.Any(request => request.Path == "/app.tgz"));
        await killed.KillAsync();
        appIsSent.SetResult();

        await using var node = await DevNode.StartAsync(home, "--cells", "1", "--transfer-deny", "169.254.0.0/16");
        Assert.True(created.ExitCode == 0, created.Error);
        var waited = await node.RunAsync("task", "wait", "stage");
        Assert.True(waited.ExitCode == 0, waited.Output + waited.Error + (await node.RunAsync("logs", "stage")).Output);
        Assert.Contains("db://secret", waited.Output, StringComparison.Ordinal);
        var upload = files.Requests.Single(request => request.Method == "POST");
        Assert.Equal(droplet, upload.Body);
        Assert.Equal("application/octet-stream", upload.Header("content-type"));
        Assert.Equal(Convert.ToBase64String(MD5.HashData(upload.Body)), upload.Header("content-md5"));
        Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData(upload.Body))}:", upload.Header("content-digest"));
        // The dependency was complete before the kill, and is not asked for again.
        Assert.Single(files.Requests, request => request.Path == "/buildpack.tgz");
        Assert.Equal(2, files.Requests.Count(request => request.Path == "/app.tgz"));

        var web = await SpecAsync(
            home,
            $"""
            name: web
            image: busybox
            user: vcap
            command: [/home/vcap/web/start]
            ports: [8080]
            check: {"{"}http: /{"}"}
            downloads:
              - name: droplet
                from: {files.Url("/droplet")}
                to: web
                cache_key: droplet
            """
        );
        var ran = await node.RunAsync("lrp", "create", "-f", web, "--wait");
        Assert.True(ran.ExitCode == 0, ran.Output + ran.Error);
        var get = await node.RunAsync("lrp", "get", "web");
        using var http = new HttpClient();
        Assert.Equal("built\n", await http.GetStringAsync($"http://127.0.0.1:{get.Output.Split("127.0.0.1:")[1].Split("->")[0]}/"));
        Assert.Contains("Downloaded droplet (", (await node.RunAsync("logs", "web/0")).Output, StringComparison.Ordinal);

        var downloads = Path.Combine(node.Cells, "cell-1", "downloads");
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(downloads, "partial")));
        Assert.Equal(3, Directory.GetDirectories(Path.Combine(downloads, "entries")).Length);
        Assert.Equal(0, await node.StopAsync());
        Assert.DoesNotContain(home, await File.ReadAllTextAsync("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    private static async Task<string> SpecAsync(string home, string text)
    {
        var path = Path.Combine(home, $"{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(path, text);
        return path;
    }

    private static byte[] Gzip(byte[] content)
    {
        using var all = new MemoryStream();
        using (var gzip = new GZipStream(all, CompressionMode.Compress))
            gzip.Write(content);
        return all.ToArray();
    }
}
