using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.Integration.Containers;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Access;

/// <summary>What clients reach in a running instance: through the program, the BBS, the cell's listener with its roles, and runc.</summary>
public sealed class AccessTests(AccessNode node) : IClassFixture<AccessNode>
{
    /// <summary>More than any buffer between a command and its reader.</summary>
    private const int Megabytes = 100;

    private const long MostInFlight = 40L << 20;

    [Fact]
    public async Task A_command_runs_as_the_instances_own_does_and_its_exit_code_comes_back()
    {
        var run = await node.ShellAsync("echo $GREETING $CF_INSTANCE_INDEX; id -un; echo oops >&2; exit 7");
        Assert.Equal((7, "hello 0\nvcap\n", "oops\n"), (run.ExitCode, run.Output, run.Error));
        var root = await node.RunAsync(
            ["exec", "web", "--user", "root", "--dir", "/tmp", "--env", "GREETING=hi"],
            ["sh", "-c", "id -u; pwd; echo $GREETING; grep -E 'Seccomp:|NoNewPrivs' /proc/self/status"]
        );
        Assert.Equal("0\n/tmp\nhi\nNoNewPrivs:\t1\nSeccomp:\t2\n", root.Output);
    }

    [Theory]
    [InlineData(3, "there is no LRP or task \"wev\"; did you mean web?", "exec", "wev/0")]
    [InlineData(3, "web has no instance 7; it has only 0", "exec", "web/7")]
    [InlineData(2, "must be NAME or NAME/INDEX", "exec", "web/x")]
    [InlineData(2, "the container has no program \"nope\"", "exec", "web/0", "--", "nope")]
    [InlineData(2, "user 'mallory' is not in the container's /etc/passwd", "exec", "web/0", "--user", "mallory")]
    [InlineData(2, "needs a terminal as standard input", "exec", "web/0", "-it")]
    [InlineData(3, "web/0 has no /nope", "cp", "web/0:/nope", "/tmp")]
    [InlineData(2, "exactly one must be in a container", "cp", "a", "b")]
    [InlineData(2, "must be a file or a directory", "cp", "web/0:/dev/null", "/tmp")]
    [InlineData(3, "has no directory to create /nope/x in", "cp", "/etc/hostname", "web/0:/nope/x")]
    [InlineData(2, "must be a port", "port-forward", "web/0", "x")]
    [InlineData(3, "web has no instance 3", "top", "web/3", "--once")]
    public async Task An_error_says_what_is_wrong(int code, string message, params string[] words)
    {
        var dash = Array.IndexOf(words, "--");
        string[] command =
            dash >= 0 ? words[(dash + 1)..]
            : words[0] == "exec" ? ["true"]
            : [];
        var run = await node.RunAsync(dash >= 0 ? words[..dash] : words, command);
        Assert.True(run.ExitCode == code, $"{run.ExitCode}: {run.Error}");
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_left_of_a_command_whose_caller_goes_away()
    {
        using (var call = await ExecAsync("trap '' TERM HUP; setsid sleep 86411 & (setsid sleep 86412 &); echo ready; sleep 86413"))
        {
            while (!(await NextAsync(call)).Output.ToStringUtf8().Contains("ready", StringComparison.Ordinal)) { }
            await Wait.UntilAsync(() => Sleepers() == 3);
        }

        await Wait.UntilAsync(() => Sleepers() == 0 && Directory.GetDirectories(Path.Combine(node.Container, "sessions")).Length == 0);
    }

    [Fact]
    public async Task A_slow_reader_holds_the_command_up_and_fills_no_memory()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var call = await ExecAsync($"exec dd if=/dev/zero bs=1048576 count={Megabytes}");
        var received = 0L;
        while (received == 0)
            received += (await NextAsync(call)).Output.Length;
        // Until nothing moves any more: dd waits for somebody who waits for this reader.
        var (written, same) = (-1L, 0);
        await Wait.UntilAsync(() =>
        {
            var now = WrittenByDd();
            same = now == written ? same + 1 : 0;
            written = now;
            return same >= 20;
        });
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange(written, 1, MostInFlight);
        Assert.True(grown < MostInFlight, $"the heap grew by {grown} bytes");

        var response = await NextAsync(call);
        for (; response.KindCase != ExecResponse.KindOneofCase.Exited; response = await NextAsync(call))
            received += response.Output.Length;
        Assert.Equal((long)Megabytes << 20, received);
        Assert.Equal(0, response.Exited.Code);
    }

    [Fact]
    public async Task A_tree_is_copied_in_and_out_unchanged()
    {
        var source = Directory.CreateDirectory(Path.Combine(node.Files, "tree", "sub")).Parent!.FullName;
        var content = new byte[3_000_000];
        new Random(7).NextBytes(content);
        await File.WriteAllBytesAsync(Path.Combine(source, "sub", "large"), content);
        await File.WriteAllTextAsync(Path.Combine(source, "-n"), "dash");
        var longName = string.Join('/', Enumerable.Repeat(new string('d', 100), 3));
        Directory.CreateDirectory(Path.Combine(source, longName));
        await File.WriteAllTextAsync(Path.Combine(source, longName, "deep"), "deep");
        File.CreateSymbolicLink(Path.Combine(source, "link"), "sub/large");

        Succeeded(await node.RunAsync("cp", source, "web/0:/tmp"));
        Succeeded(await node.RunAsync("cp", source, "web/0:/tmp/other"));
        var listed = await node.ShellAsync(
            "stat -c %U /tmp/tree/sub/large; cat /tmp/other/-n; readlink /tmp/tree/link; cmp /tmp/tree/link /tmp/other/sub/large"
        );
        Assert.Equal("vcap\ndashsub/large\n", listed.Output);
        var back = Path.Combine(node.Files, "back");
        var said = Succeeded(await node.RunAsync("cp", "web/0:/tmp/other/", back));

        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(back, "link")));
        Assert.Equal("deep", await File.ReadAllTextAsync(Path.Combine(back, longName, "deep")));
        Assert.Equal($"web/0:/tmp/other/ -> {back}: 3000008 bytes in 3 files and 5 directories\n", said);
        Succeeded(await node.RunAsync("cp", "web/0:/tmp/other/-n", back));
        Assert.Equal("dash", await File.ReadAllTextAsync(Path.Combine(back, "-n")));
    }

    [Fact]
    public async Task A_hostile_container_gets_nothing_out_of_a_copy()
    {
        Succeeded(
            await node.ShellAsync(
                "mkdir /tmp/trap && cd /tmp/trap && mkfifo pipe && echo fine > fine && ln -s / all && ln -s /etc/shadow shadow "
                    + "&& ln -s ../../.. up && ln -s /proc/1/root/etc root"
            )
        );
        var local = Path.Combine(node.Files, "trap");
        var run = await node.RunAsync("cp", "web/0:/tmp/trap", local);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(["fine"], Directory.GetFileSystemEntries(local).Select(path => Path.GetFileName(path)));
        Assert.Contains("left out ./pipe: a FIFO", run.Error);
        Assert.Contains("left out ./shadow: a link to /etc/shadow, which is not in the copy", run.Error);

        // A link in the container leads to where it leads the container, not the machine that runs it.
        Succeeded(await node.ShellAsync("mkdir /tmp/etc && ln -s ../../../../../../../tmp/etc /tmp/out"));
        var secret = Path.Combine(node.Files, "secret");
        await File.WriteAllTextAsync(secret, "mine");
        Succeeded(await node.RunAsync("cp", secret, "web/0:/tmp/out"));
        Assert.Equal("mine", (await node.ShellAsync("cat /tmp/etc/secret")).Output);
        Assert.False(File.Exists("/tmp/etc/secret"));
        var single = await node.RunAsync("cp", "web/0:/tmp/out/secret", Path.Combine(node.Files, "again"));
        Assert.Equal(0, single.ExitCode);
    }

    [Fact]
    public async Task A_user_copies_only_what_it_may()
    {
        Succeeded(await node.ShellAsync("mkdir -m 700 /tmp/private && echo secret > /tmp/private/x && chmod 600 /tmp/private/x", "root"));
        var refused = await node.RunAsync("cp", "web/0:/tmp/private", Path.Combine(node.Files, "private"));
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("cannot be entered", refused.Error);
        Assert.False(Path.Exists(Path.Combine(node.Files, "private")));
        Succeeded(await node.RunAsync("cp", "web/0:/tmp/private", Path.Combine(node.Files, "private"), "--user", "root"));
        Assert.Equal("secret\n", await File.ReadAllTextAsync(Path.Combine(node.Files, "private", "x")));
        var into = await node.RunAsync("cp", Path.Combine(node.Files, "private", "x"), "web/0:/bin/x");
        Assert.Equal(3, into.ExitCode);
        Assert.Contains("the copy failed in web/0: tar: can't", into.Error);
    }

    [Fact]
    public async Task Usage_is_shown_once_where_there_is_no_terminal()
    {
        var table = (await node.RunAsync("top", "web", "--interval", "20ms")).Output.Split('\n');
        Assert.Matches("^INSTANCE +CELL +CPU +MEMORY +DISK +NET IN +NET OUT +PIDS$", table[0]);
        Assert.Matches(@"^web/0 +cell-1 +[\d.]+% +[\d.]+[BKM]/128M +[\d.]+[BKM]/\d+M +[\d.]+[BKM] +[\d.]+[BKM] +\d+$", table[1]);
        var json = JsonNode.Parse((await node.RunAsync("top", "--json", "--interval", "20ms")).Output)!;
        Assert.Equal(("web/0", 128 << 20), ((string)json["name"]!, (int)json["memory_limit_bytes"]!));
    }

    [Fact]
    public async Task A_connection_ends_in_each_direction_by_itself()
    {
        var sent = string.Concat(Enumerable.Range(0, 60_000).Select(number => $"{number} "));
        // The end of what is sent makes cat end, which is the end of what comes back.
        Assert.Equal(sent, await ForwardAsync(9000, sent));
    }

    [Fact]
    public async Task Many_connections_are_forwarded_at_the_same_time()
    {
        var pages = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => ForwardAsync(9001, "GET /passwd HTTP/1.0\r\n\r\n")));
        Assert.All(pages, page => Assert.Contains("\nroot:", page));
        var closed = await Assert.ThrowsAsync<DomainException>(() => ForwardAsync(9002, "x"));
        Assert.Equal("port 9002 of web/0 cannot be reached: nothing listens there", closed.Message);
    }

    private async Task<string> ForwardAsync(uint port, string send)
    {
        using var call = node.Access.Forward();
        await call.RequestStream.WriteAsync(
            new ForwardRequest
            {
                Start = new ForwardStart { ContainerGuid = node.Guid, Port = port },
            }
        );
        Assert.True(await call.ResponseStream.MoveNext(default).WaitAsync(Wait.Patience));
        var sending = SendAsync();
        var got = new StringBuilder();
        while (await call.ResponseStream.MoveNext(default).WaitAsync(Wait.Patience))
            got.Append(call.ResponseStream.Current.Data.ToStringUtf8());
        await sending;
        return got.ToString();

        async Task SendAsync()
        {
            foreach (var piece in Encoding.UTF8.GetBytes(send).Chunk(50_000))
                await call.RequestStream.WriteAsync(new ForwardRequest { Data = ByteString.CopyFrom(piece) });
            await call.RequestStream.CompleteAsync();
        }
    }

    /// <summary>By its name, which busybox sets without a new command line.</summary>
    private long WrittenByDd()
    {
        var dd = Directory
            .GetDirectories("/proc")
            .Single(process =>
                Holds(process, "comm", text => text == "dd\n")
                && Holds(process, "cgroup", text => text.Contains(node.Guid, StringComparison.Ordinal))
            );
        var line = File.ReadLines($"{dd}/io").Single(field => field.StartsWith("wchar:", StringComparison.Ordinal));
        return long.Parse(line["wchar:".Length..], CultureInfo.InvariantCulture);
    }

    private static bool Holds(string process, string file, Func<string, bool> condition)
    {
        try
        {
            return File.Exists($"{process}/{file}") && condition(File.ReadAllText($"{process}/{file}"));
        }
        catch (IOException)
        {
            return false; // it has ended
        }
    }

    private static int Sleepers() =>
        CellFixture.ProcessesNaming("sleep 8641").Count(line => line.Split(' ', 2)[1].StartsWith("sleep 8641", StringComparison.Ordinal));

    private static string Succeeded(CommandRun run)
    {
        Assert.True(run.ExitCode == 0, $"{run.ExitCode}: {run.Error}");
        return run.Output;
    }

    private async Task<AsyncDuplexStreamingCall<ExecRequest, ExecResponse>> ExecAsync(string script)
    {
        var call = node.Access.Exec();
        var start = new ExecStart
        {
            ContainerGuid = node.Guid,
            Path = "sh",
            Args = { "-c", script },
        };
        await call.RequestStream.WriteAsync(new ExecRequest { Start = start });
        Assert.Equal(ExecResponse.KindOneofCase.Started, (await NextAsync(call)).KindCase);
        return call;
    }

    private static async Task<ExecResponse> NextAsync(AsyncDuplexStreamingCall<ExecRequest, ExecResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(default).WaitAsync(Wait.Patience));
        return call.ResponseStream.Current;
    }
}
