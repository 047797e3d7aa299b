using System.Collections.Concurrent;
using System.Diagnostics;
using System.Formats.Tar;
using Scheduler.Bench.Commands.Parts;

namespace Scheduler.Bench.Commands.CellSpeed;

/// <summary><c>docker run --detach</c> of the same files and program, with the engine's usual network and one published port.</summary>
internal sealed class DockerContestant(string host, string signals) : IContestant
{
    private const string Image = "scheduler-bench-cell";
    private readonly ConcurrentDictionary<string, StartSignal> _signals = [];

    public string Name => "docker";

    /// <exception cref="Models.DomainException">The engine does not answer.</exception>
    public async Task ImportAsync(string rootFs, string scratch, CancellationToken cancellationToken)
    {
        var archive = Path.Combine(scratch, "image.tar");
        await TarFile.CreateFromDirectoryAsync(rootFs, archive, includeBaseDirectory: false, cancellationToken);
        await DockerAsync(["import", archive, Image], cancellationToken);
    }

    public Task ForgetAsync() => DockerAsync(["image", "rm", "--force", Image], CancellationToken.None);

    public async Task PrepareAsync(string name, CancellationToken cancellationToken) =>
        _signals[name] = await StartSignal.CreateAsync(Path.Combine(signals, name), cancellationToken);

    public async Task<TimeSpan> StartAsync(string name, CancellationToken cancellationToken)
    {
        var signal = _signals[name];
        var began = Stopwatch.GetTimestamp();
        string[] limits = ["--memory", "64m", "--pids-limit", "100", "--publish", "127.0.0.1::8080"];
        string[] mount = ["--volume", $"{signal.Directory}:{StartSignal.InContainer}:ro"];
        await DockerAsync(["run", "--detach", "--name", name, .. limits, .. mount, Image, .. StartSignal.Program], cancellationToken);
        return Stopwatch.GetElapsedTime(began, await signal.Reported.WaitAsync(cancellationToken));
    }

    public async Task RemoveAsync(string name)
    {
        if (!_signals.TryRemove(name, out var signal))
            return;
        await DockerAsync(["rm", "--force", name], CancellationToken.None);
        signal.Dispose();
    }

    private Task<string> DockerAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        Tool.RunAsync("docker", ["--host", host, .. arguments], cancellationToken);
}
