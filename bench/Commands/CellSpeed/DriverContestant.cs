using System.Collections.Concurrent;
using System.Diagnostics;
using Scheduler.Cli.Images;
using Scheduler.Rep.Runtime;

namespace Scheduler.Bench.Commands.CellSpeed;

/// <summary>This program's runtime, as a cell uses it: network, address, host port, packet filter rules, disk limit, supervisor, log.</summary>
internal sealed class DriverContestant(IContainerRuntime runtime, string signals) : IContestant
{
    private const string Main = "main";

    private readonly ConcurrentDictionary<string, StartSignal> _signals = [];

    public string Name => "driver";

    public async Task PrepareAsync(string name, CancellationToken cancellationToken) =>
        _signals[name] = await StartSignal.CreateAsync(Path.Combine(signals, name), cancellationToken);

    public async Task<TimeSpan> StartAsync(string name, CancellationToken cancellationToken)
    {
        var signal = _signals[name];
        var began = Stopwatch.GetTimestamp();
        await runtime.CreateAsync(Spec(name, signal) with { MainProcess = Main }, cancellationToken);
        var program = new ProcessSpec { Path = StartSignal.Program[0], Args = StartSignal.Program[1..] };
        await runtime.StartProcessAsync(name, Main, program, cancellationToken);
        return Stopwatch.GetElapsedTime(began, await signal.Reported.WaitAsync(cancellationToken));
    }

    public async Task RemoveAsync(string name)
    {
        await runtime.DestroyAsync(name, CancellationToken.None);
        if (_signals.TryRemove(name, out var signal))
            signal.Dispose();
    }

    public static ContainerSpec Spec(string name, StartSignal signal) =>
        new()
        {
            Handle = name,
            RootFs = $"preloaded:{BusyboxRootFs.Name}",
            Limits = new()
            {
                MemoryMb = 64,
                DiskMb = 64,
                MaxPids = 100,
            },
            Ports = [8080],
            Mounts = [new BindMount(signal.Directory, StartSignal.InContainer)],
        };
}
