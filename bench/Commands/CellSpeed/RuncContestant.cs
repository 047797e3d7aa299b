using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Scheduler.Bench.Commands.Parts;
using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Bench.Commands.CellSpeed;

/// <summary>
/// <c>runc run --detach</c> alone, of the bundle that the driver makes: the same root filesystem, user and network namespace, seccomp
/// filter, mounts and limits. All of these are prepared, so only runc and the program are measured. No supervisor, no log.
/// </summary>
internal sealed class RuncContestant(IContainerRuntime runtime, string runc, string state, string signals) : IContestant
{
    private readonly ConcurrentDictionary<string, (StartSignal Signal, string Bundle)> _prepared = [];

    public string Name => "runc";

    public async Task PrepareAsync(string name, CancellationToken cancellationToken)
    {
        var signal = await StartSignal.CreateAsync(Path.Combine(signals, name), cancellationToken);
        var bundle = Path.Combine(state, "bundles", name);
        _prepared[name] = (signal, bundle);
        var container = await runtime.CreateAsync(DriverContestant.Spec(name, signal), cancellationToken);
        // Makes the driver hold the namespaces; it has nothing to do while runc is measured.
        await runtime.StartProcessAsync(name, "idle", new ProcessSpec { Path = "/bin/sleep", Args = ["1000"] }, cancellationToken);
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(container.Directory!, "config.json"), cancellationToken))!;
        config["process"]!["args"] = new JsonArray([.. StartSignal.Program.Select(word => (JsonNode)word)]);
        config["process"]!["env"] = new JsonArray("PATH=/bin");
        var linux = config["linux"]!;
        linux["cgroupsPath"] = $"{linux["cgroupsPath"]}-alone";
        var first = (await File.ReadAllTextAsync(Path.Combine(container.Directory!, "init.pid"), cancellationToken)).Trim();
        foreach (var space in linux["namespaces"]!.AsArray())
        {
            if ((string?)space!["type"] == "user")
                space["path"] = $"/proc/{first}/ns/user";
        }

        Directory.CreateDirectory(bundle);
        await File.WriteAllTextAsync(Path.Combine(bundle, "config.json"), config.ToJsonString(), cancellationToken);
    }

    public async Task<TimeSpan> StartAsync(string name, CancellationToken cancellationToken)
    {
        var (signal, bundle) = _prepared[name];
        var began = Stopwatch.GetTimestamp();
        using var process =
            Process.Start(new ProcessStartInfo(runc, [.. Global, "run", "--detach", "--bundle", bundle, name]))
            ?? throw new InvalidOperationException(runc);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new DomainError(ErrorKind.Unknown, $"runc run ended with {process.ExitCode}").ToException();
        return Stopwatch.GetElapsedTime(began, await signal.Reported.WaitAsync(cancellationToken));
    }

    public async Task RemoveAsync(string name)
    {
        if (!_prepared.TryRemove(name, out var prepared))
            return;
        if (Directory.Exists(Path.Combine(Global[1], name)))
            await Tool.RunAsync(runc, [.. Global, "delete", "--force", name], CancellationToken.None);
        await runtime.DestroyAsync(name, CancellationToken.None);
        prepared.Signal.Dispose();
    }

    private string[] Global => ["--root", Path.Combine(state, "runc")];
}
