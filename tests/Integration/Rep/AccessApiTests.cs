using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Hosting;
using Scheduler.Hosting.Channels;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Api;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Rep;

/// <summary>How a cell answers those who reach into its containers, over its real listener; containers are simulated.</summary>
public sealed class AccessApiTests : IAsyncLifetime
{
    private readonly SimulationScript _script = new();
    private readonly ChannelFactory _channels = new(null, new ChannelOptions());
    private readonly CapturedLog<AccessApi> _log = new();
    private readonly RepOptions _options = new()
    {
        CellId = "cell-1",
        MemoryMb = 1000,
        DiskMb = 1000,
        PreloadedRootFs = ["linux"],
        AdvertiseAddress = "127.0.0.1",
        MaxSessionsPerContainer = 2,
        MaxCopyBytes = 2_000,
    };

    private BbsHost _bbs = null!;
    private ComponentHost _host = null!;
    private string _guid = "";

    private InstanceAccess.InstanceAccessClient Access => new(_channels.Invoker(_host.Url));

    public async ValueTask InitializeAsync() => _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync(default);
            await _host.DisposeAsync();
        }

        await _bbs.DisposeAsync();
        _channels.Dispose();
    }

    [Fact]
    public async Task A_command_answers_on_both_streams_and_with_its_exit_code()
    {
        ProcessSpec? started = null;
        _script.Attached = (_, process) =>
        {
            started = process;
            return new SimulatedAnswer
            {
                Output = "out",
                Error = "err",
                ExitCode = 7,
            };
        };
        await StartAsync();
        var run = await ExecAsync(Start("id", "-u"));

        Assert.Equal(("out", "err", 7), (run.Output, run.Error, run.Code));
        Assert.Equal(("id", "-u", "vcap", "/home/vcap"), (started!.Path, started.Args[0], started.User, started.Dir));
        Assert.Contains(started.Environment, variable => variable is { Name: "OWN", Value: "yes" });
        Assert.Contains(started.Environment, variable => variable.Name == "CF_INSTANCE_PORTS");
        var line = Assert.Single(_log.From(LogLevel.Information));
        Assert.Contains($"runs a command in web/0 (container {_guid}): id -u (user vcap)", line);
        Assert.Contains("somebody without a certificate at ipv4:127.0.0.1:", line);
    }

    [Fact]
    public async Task Input_is_passed_on_within_what_was_granted()
    {
        await StartAsync();
        using var call = await OpenAsync();
        var credit = (int)(await NextAsync(call)).InputCredit;
        Assert.Equal(64 << 10, credit);
        await call.RequestStream.WriteAsync(new ExecRequest { Input = ByteString.CopyFrom(new byte[credit]) });
        var (echoed, granted) = (0, 0u);
        while (echoed < credit || granted < credit)
        {
            var response = await NextAsync(call);
            (echoed, granted) = (echoed + response.Output.Length, granted + response.InputCredit);
        }

        await call.RequestStream.WriteAsync(new ExecRequest { EndOfInput = true });
        Assert.Equal(0, (await NextAsync(call)).Exited.Code);
        Assert.False(await call.ResponseStream.MoveNext(default));
    }

    [Fact]
    public async Task A_signal_reaches_the_command()
    {
        await StartAsync();
        using var call = await OpenAsync();
        await call.RequestStream.WriteAsync(new ExecRequest { Signal = 2 });
        var last = await NextAsync(call);
        while (last.KindCase != ExecResponse.KindOneofCase.Exited)
            last = await NextAsync(call);

        Assert.Equal(130, last.Exited.Code);
    }

    public static TheoryData<string, ErrorKind, string, ExecRequest[]> BadCalls =>
        new()
        {
            { "nothing", ErrorKind.InvalidRequest, "start: must be the first request", [] },
            { "no start", ErrorKind.InvalidRequest, "start: must be the first request", [new ExecRequest { Signal = 2 }] },
            { "empty", ErrorKind.InvalidRequest, "start: must be the first request", [new ExecRequest()] },
            { "no program", ErrorKind.InvalidRequest, "path: must name the program", [Request(new ExecStart { ContainerGuid = "GUID" })] },
            { "zero byte", ErrorKind.InvalidRequest, "start.args[0]: must not contain U+0000", [Request(Start("cat", "\0"))] },
            {
                "unknown",
                ErrorKind.ResourceNotFound,
                "container nobody",
                [Request(new ExecStart { ContainerGuid = "nobody", Path = "cat" })]
            },
            {
                "huge terminal",
                ErrorKind.InvalidRequest,
                "terminal: must have at most 65535",
                [
                    Request(
                        new ExecStart
                        {
                            ContainerGuid = "GUID",
                            Path = "cat",
                            Terminal = new Terminal { Columns = 70_000 },
                        }
                    ),
                ]
            },
            { "start twice", ErrorKind.InvalidRequest, "after the first", [Request(Start("cat", input: true)), Request(Start("cat"))] },
            {
                "bad signal",
                ErrorKind.InvalidRequest,
                "signal: must be",
                [Request(Start("cat", input: true)), new ExecRequest { Signal = 65 }]
            },
            {
                "huge piece",
                ErrorKind.InvalidRequest,
                "input: must be at most 65536 bytes",
                [Request(Start("cat", input: true)), new ExecRequest { Input = ByteString.CopyFrom(new byte[65_537]) }]
            },
        };

    [Theory]
    [MemberData(nameof(BadCalls))]
    public async Task A_call_that_breaks_a_rule_says_which(string what, ErrorKind kind, string message, ExecRequest[] requests)
    {
        await StartAsync();
        using var call = Access.Exec();
        foreach (var request in requests)
        {
            if (request.Start is { ContainerGuid: "GUID" or "" })
                request.Start.ContainerGuid = _guid;
            await call.RequestStream.WriteAsync(request);
        }

        if (requests.Length < 2)
            await call.RequestStream.CompleteAsync();
        var refused = await Assert.ThrowsAsync<DomainException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(default)) { }
        });
        Assert.True(refused.Kind == kind, $"{what}: {refused.Kind} {refused.Message}");
        Assert.Contains(message, refused.Message);
    }

    [Fact]
    public async Task Only_so_many_commands_run_in_a_container()
    {
        await StartAsync();
        using var first = await OpenAsync();
        var second = await OpenAsync();
        var refused = await Assert.ThrowsAsync<DomainException>(() => ExecAsync(Start("id")));
        Assert.Equal(ErrorKind.Overloaded, refused.Kind);
        Assert.Equal("web/0 has 2 commands and copies of clients, as many as --max-sessions-per-container allows", refused.Message);
        second.Dispose();
        await Wait.UntilAsync(async () =>
        {
            try
            {
                return (await ExecAsync(Start("id"))).Code == 0;
            }
            catch (DomainException full) when (full.Kind == ErrorKind.Overloaded)
            {
                return false; // the cell has not seen yet that the caller is gone
            }
        });
    }

    [Fact]
    public async Task A_command_without_data_ends_after_the_idle_limit()
    {
        _options.SessionIdleLimit = TimeSpan.FromMilliseconds(50);
        await StartAsync();
        var ended = await Assert.ThrowsAsync<DomainException>(async () =>
        {
            // On a busy machine the limit passes before the command has started.
            using var call = await OpenAsync();
            while (await call.ResponseStream.MoveNext(default)) { }
        });

        Assert.Equal((ErrorKind.Timeout, "no data passed for 50ms (--session-idle-limit of the cell)"), (ended.Kind, ended.Message));
    }

    [Fact]
    public async Task A_cell_that_ends_ends_its_calls()
    {
        await StartAsync();
        using var call = await OpenAsync();
        await NextAsync(call);
        var next = call.ResponseStream.MoveNext(default);
        await _host.StopAsync(default);

        // The connection may end before the answer is read.
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<DomainException>(() => next)).Kind);
    }

    [Fact]
    public async Task A_copy_is_bounded_and_a_failed_one_says_why()
    {
        _script.Attached = (_, _) => new SimulatedAnswer { Output = new string('x', 2_001) };
        await StartAsync();
        Assert.Contains("at most 2000 bytes", (await Assert.ThrowsAsync<DomainException>(() => CopyOutAsync("/big"))).Message);
        _script.Attached = (_, _) => new SimulatedAnswer { ExitCode = 44 };
        Assert.Equal("web/0 has no /nope", (await Assert.ThrowsAsync<DomainException>(() => CopyOutAsync("/nope"))).Message);
        _script.Attached = (_, _) => new SimulatedAnswer { ExitCode = 1, Error = "tar: disk\nfull\n" };
        Assert.Equal(
            "the copy failed in web/0: tar: disk; full",
            (await Assert.ThrowsAsync<DomainException>(() => CopyOutAsync("/x"))).Message
        );
        Assert.Contains("must be an absolute path", (await Assert.ThrowsAsync<DomainException>(() => CopyOutAsync("x"))).Message);
    }

    [Fact]
    public async Task Containers_without_a_network_have_no_ports_and_everything_is_measured()
    {
        await StartAsync();
        using var call = Access.Forward();
        await call.RequestStream.WriteAsync(
            new ForwardRequest
            {
                Start = new ForwardStart { ContainerGuid = _guid, Port = 80 },
            }
        );
        var refused = await Assert.ThrowsAsync<DomainException>(() => call.ResponseStream.MoveNext(default));
        Assert.Contains("port forwarding is not supported by this runtime", refused.Message);
        var usage = await Access.MeasureAsync(new MeasureRequest { ContainerGuids = { _guid, "nobody", _guid } });

        Assert.Equal(_guid, Assert.Single(usage.Containers).ContainerGuid);
        Assert.True(usage.Containers[0].MemoryLimitBytes > 0);
        var many = new MeasureRequest { ContainerGuids = { Enumerable.Repeat("a", 1_001) } };
        Assert.Equal(
            ErrorKind.InvalidRequest,
            (await Assert.ThrowsAsync<DomainException>(async () => await Access.MeasureAsync(many))).Kind
        );
    }

    private static ExecRequest Request(ExecStart start) => new() { Start = start };

    private static ExecStart Start(string path, string? argument = null, bool input = false)
    {
        var start = new ExecStart { Path = path, Input = input };
        if (argument is not null)
            start.Args.Add(argument);
        return start;
    }

    private async Task<AsyncDuplexStreamingCall<ExecRequest, ExecResponse>> OpenAsync()
    {
        var call = Access.Exec();
        var start = Start("cat", input: true);
        start.ContainerGuid = _guid;
        await call.RequestStream.WriteAsync(new ExecRequest { Start = start });
        Assert.Equal(ExecResponse.KindOneofCase.Started, (await NextAsync(call)).KindCase);
        return call;
    }

    private async Task<(string Output, string Error, int Code)> ExecAsync(ExecStart start)
    {
        start.ContainerGuid = _guid;
        using var call = Access.Exec();
        await call.RequestStream.WriteAsync(new ExecRequest { Start = start });
        var (output, error) = (new StringBuilder(), new StringBuilder());
        while (true)
        {
            var response = await NextAsync(call);
            output.Append(response.Output.ToStringUtf8());
            error.Append(response.ErrorOutput.ToStringUtf8());
            if (response.KindCase == ExecResponse.KindOneofCase.Exited)
                return (output.ToString(), error.ToString(), response.Exited.Code);
        }
    }

    private async Task CopyOutAsync(string path)
    {
        using var call = Access.CopyOut(new CopyOutRequest { ContainerGuid = _guid, Path = path });
        while (await call.ResponseStream.MoveNext(default)) { }
    }

    private static async Task<ExecResponse> NextAsync(AsyncDuplexStreamingCall<ExecRequest, ExecResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(default).WaitAsync(Wait.Patience));
        return call.ResponseStream.Current;
    }

    private async Task StartAsync()
    {
        _host = await RepHost.StartAsync(
            _options,
            new SimulatedRuntime(_script, TimeProvider.System),
            _bbs.Url,
            services => services.AddSingleton<ILogger<AccessApi>>(_log)
        );
        var lrp = A.DesiredLrp("web", domain: "apps");
        lrp.RootFs = "preloaded:linux";
        lrp.Action = new LrpAction
        {
            RunAction = new RunAction
            {
                Path = "/bin/serve",
                User = "vcap",
                Dir = "/home/vcap",
                Env =
                {
                    new Contracts.V1.EnvironmentVariable { Name = "OWN", Value = "yes" },
                },
            },
        };
        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = lrp });
        var work = new LRPWork
        {
            ActualLrpKey = new ActualLRPKey { ProcessGuid = "web", Domain = "apps" },
            Demand = new WorkDemand
            {
                RootFs = "preloaded:linux",
                MemoryMb = 10,
                DiskMb = 1,
            },
        };
        await new RepService.RepServiceClient(_channels.Invoker(_host.Url)).PerformWorkAsync(
            new PerformWorkRequest { CellId = "cell-1", Lrps = { work } }
        );
        await Wait.UntilAsync(async () =>
        {
            using var rows = _bbs.ActualLrps.List(new ListActualLRPsRequest { ProcessGuid = "web" });
            while (await rows.ResponseStream.MoveNext(default))
                _guid =
                    rows.ResponseStream.Current.ActualLrps.FirstOrDefault(row =>
                        row.State == ActualLrpStateNames.Running
                    )?.ActualLrpInstanceKey.InstanceGuid
                    ?? "";
            return _guid.Length > 0;
        });
    }
}
