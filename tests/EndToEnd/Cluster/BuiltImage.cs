using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>Application images as teams build them: a Dockerfile, built by buildah and pushed by skopeo.</summary>
internal sealed class BuiltImage(string directory)
{
    private string[] Store =>
        ["--root", Path.Combine(directory, "root"), "--runroot", Path.Combine(directory, "runroot"), "--storage-driver", "vfs"];

    /// <summary>
    /// A web server in six layers, two of which remove what a lower one brought. It serves its version, as its own user, from the
    /// directory that it starts in.
    /// </summary>
    /// <param name="ballast">Bytes of a file that no compression makes smaller.</param>
    public async Task BuildAsync(string version, int ballast = 1)
    {
        var context = Path.Combine(directory, "context");
        Directory.CreateDirectory(context);
        File.Copy("/bin/busybox", Path.Combine(context, "busybox"), overwrite: true);
        await File.WriteAllBytesAsync(
            Path.Combine(context, "ballast"),
            System.Security.Cryptography.RandomNumberGenerator.GetBytes(ballast)
        );
        await File.WriteAllTextAsync(
            Path.Combine(context, "start"),
            $"""
            #!/bin/sh
            echo "version {version} starts as $(id -un) in $(pwd)"
            exec httpd -f -p "$PORT" -h .
            """
        );
        await File.WriteAllTextAsync(
            Path.Combine(context, "Dockerfile"),
            $"""
            FROM scratch
            COPY busybox /bin/busybox
            RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin && mkdir -p /etc /srv/app/old /tmp && chmod 1777 /tmp"]
            RUN echo app:x:1234:1234::/srv/app:/bin/sh > /etc/passwd && echo secret > /srv/app/old/key && echo base > /srv/app/index.html
            RUN rm -r /srv/app/old /srv/app/index.html && mkdir /srv/app/old && echo new > /srv/app/old/new
            COPY --chown=1234:1234 start ballast /srv/app/
            RUN chmod 0755 /srv/app/start && echo {version} > /srv/app/index.html && rm /srv/app/old/new
            ENV PORT=8080
            EXPOSE 8080
            USER app
            WORKDIR /srv/app
            ENTRYPOINT ["./start"]
            """
        );
        await Shell.RunAsync("buildah", [.. Store, "bud", "--isolation", "chroot", "--layers", "--quiet", "--tag", version, context]);
        await Shell.RunAsync("buildah", [.. Store, "push", "--quiet", version, $"oci:{LayoutOf(version)}"]);
    }

    /// <summary>Pushes a version that was built.</summary>
    public Task PushAsync(RegistryServer registry, string name, string version) => registry.PushAsync(LayoutOf(version), name);

    /// <summary>Builds a version and writes it as <c>docker save</c> does.</summary>
    public async Task ArchiveAsync(string version, string file)
    {
        await BuildAsync(version);
        await Shell.RunAsync("skopeo", "copy", "--quiet", $"oci:{LayoutOf(version)}", $"docker-archive:{file}:team/web:{version}");
    }

    private string LayoutOf(string version) => Path.Combine(directory, $"layout-{version}");
}
