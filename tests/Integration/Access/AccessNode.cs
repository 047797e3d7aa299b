using Microsoft.Extensions.Logging;
using Scheduler.Cli.Images;
using Scheduler.Cli.Node;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Tls;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Access;

/// <summary>
/// A node in this process with one cell of real containers, and one instance on it that echoes what its port 9000 gets and serves files on
/// 9001.
/// </summary>
public sealed class AccessNode : IAsyncLifetime
{
    private readonly string _home = Path.Combine(Path.GetTempPath(), $"sct-access-{System.Guid.NewGuid():N}");
    private AllInOneNode _node = null!;
    private Task _running = null!;
    private ChannelFactory _channels = null!;
    private string _rep = "";

    public InstanceAccess.InstanceAccessClient Access => new(_channels.Invoker(_rep));

    /// <summary>The container of web/0.</summary>
    public string Guid { get; private set; } = "";

    /// <summary>A directory for files of the tests.</summary>
    public string Files => Path.Combine(_home, "files");

    private TlsOptions Tls => _node.ClientTls;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Files);
        BusyboxRootFs.Make(Path.Combine(_home, "busybox"));
        _node = await AllInOneNode.StartAsync(
            new NodeOptions
            {
                DataDirectory = Path.Combine(_home, "node"),
                Listen = "127.0.0.1:0",
                Cells = 1,
                PreloadedRootFs = new Dictionary<string, string> { ["busybox"] = Path.Combine(_home, "busybox") },
                LogLevel = LogLevel.None,
            },
            CancellationToken.None
        );
        _running = _node.WaitForStopAsync(CancellationToken.None);
        _channels = new ChannelFactory(TlsIdentity.Load(Tls), new ChannelOptions());
        await Wait.UntilAsync(async () => (await RunAsync("cells")).Output.Contains("cell-1", StringComparison.Ordinal));
        var created = await RunAsync(
            ["lrp", "create", "web", "--image", "busybox", "--user", "vcap", "--env", "GREETING=hello", "--wait"],
            ["sh", "-c", "nc -ll -p 9000 -e cat & httpd -f -p 9001 -h /etc"]
        );
        Assert.True(created.ExitCode == 0, created.Error);
        var cells = new CellService.CellServiceClient(_channels.Invoker(_node.BbsUrl));
        _rep = (await cells.ListAsync(new ListCellsRequest())).Cells.Single().RepUrl;
        var rows = new ActualLRPService.ActualLRPServiceClient(_channels.Invoker(_node.BbsUrl)).List(
            new ListActualLRPsRequest { ProcessGuid = "web" }
        );
        while (await rows.ResponseStream.MoveNext(default))
            Guid = rows.ResponseStream.Current.ActualLrps.Single().ActualLrpInstanceKey.InstanceGuid;
    }

    /// <summary>The directory of web/0 on this machine, and with it the cell's record of commands in it.</summary>
    public string Container => Path.Combine(_node.StateDirectory("cell-1"), "containers", Guid);

    /// <summary>Runs a client command.</summary>
    public Task<CommandRun> RunAsync(params string[] args) => RunAsync(args, []);

    /// <param name="command">What follows <c>--</c>.</param>
    public Task<CommandRun> RunAsync(string[] args, string[] command) =>
        CommandRun.Of([
            .. args,
            "--bbs",
            _node.BbsUrl,
            "--cert",
            Tls.CertificateFile!,
            "--key",
            Tls.KeyFile!,
            "--ca",
            Tls.AuthorityFile!,
            .. command.Length > 0 ? ["--", .. command] : command,
        ]);

    /// <summary>Runs a shell script in web/0, by default as its user.</summary>
    public Task<CommandRun> ShellAsync(string script, string user = "") =>
        RunAsync(["exec", "web/0", "--user", user], ["sh", "-c", script]);

    public async ValueTask DisposeAsync()
    {
        _channels.Dispose();
        await _node.StopAsync(CancellationToken.None);
        await _running;
        await _node.CleanUpAsync(images: false, CancellationToken.None);
        await _node.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }
}
