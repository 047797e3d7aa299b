using System.Reflection;
using System.Runtime.CompilerServices;
using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Conformance;

/// <summary>
/// What a cell relies on, as cases that every driver passes. One cell runs all of them, one after the other: each cleans up after itself.
/// </summary>
public abstract partial class RuntimeConformance(ConformanceCell cell)
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static int _handles;

    private IContainerRuntime Runtime => cell.Runtime;

    /// <summary>The names of all cases, in words.</summary>
    public static IReadOnlyList<(string Name, IReadOnlyList<Ability> Needs)> Cases { get; } =
    [
        .. typeof(RuntimeConformance)
            .GetMethods()
            .Where(method => method.IsDefined(typeof(FactAttribute)))
            .OrderBy(method => method.Name, StringComparer.Ordinal)
            .Select(method => (method.Name.Replace('_', ' '), NeedsOf(method))),
    ];

    private static IReadOnlyList<Ability> NeedsOf(MethodInfo method) => method.GetCustomAttribute<NeedsAttribute>()?.Abilities ?? [];

    /// <summary>Runs a case with a handle of its own, and destroys all containers afterwards.</summary>
    private async Task CaseAsync(Func<string, Task> body, [CallerMemberName] string name = "")
    {
        foreach (var ability in NeedsOf(typeof(RuntimeConformance).GetMethod(name)!))
        {
            if (cell.Lacks.TryGetValue(ability, out var why))
                Assert.Skip($"{cell.Kind} cannot: {why}");
        }

        await cell.RunAsync(async () =>
        {
            try
            {
                await body($"case-{Interlocked.Increment(ref _handles)}");
            }
            finally
            {
                foreach (var container in await Runtime.ListAsync(None))
                    await Runtime.DestroyAsync(container.Handle, None);
            }
        });
    }

    private static ProcessSpec Shell(string script, string user = "") =>
        new()
        {
            Path = "/bin/sh",
            Args = ["-c", script],
            User = user,
        };

    /// <summary>Runs until it is told to end, and ends at once on SIGTERM.</summary>
    private static ProcessSpec Waiting() => new() { Path = "/bin/sleep", Args = ["86400"] };

    private Task<ContainerInfo> CreateAsync(string handle) => Runtime.CreateAsync(cell.Spec(handle), None);

    private Task<IContainerProcess> StartAsync(string handle, string id, ProcessSpec spec) =>
        Runtime.StartProcessAsync(handle, id, spec, None);

    private async Task<ProcessExit> ExitAsync(string handle, string id, ProcessSpec spec) =>
        await (await StartAsync(handle, id, spec)).Exit.WaitAsync(Wait.Patience);

    /// <summary>The lines of a process that is run to its end.</summary>
    private async Task<IReadOnlyList<string>> SayAsync(string handle, string id, ProcessSpec spec)
    {
        await ExitAsync(handle, id, spec);
        return [.. (await LinesAsync(handle, id)).Select(line => line.Text)];
    }

    private async Task<List<LogLine>> LinesAsync(string handle, string id, LogCursor from = default, bool follow = false)
    {
        using var patience = new CancellationTokenSource(Wait.Patience);
        var lines = new List<LogLine>();
        await foreach (var line in Runtime.LogsAsync(handle, id, from, follow, patience.Token))
            lines.Add(line);
        return lines;
    }

    private async Task<LogLine> FirstLineAsync(string handle, string id)
    {
        using var patience = new CancellationTokenSource(Wait.Patience);
        await foreach (var line in Runtime.LogsAsync(handle, id, LogCursor.Start, follow: true, patience.Token))
            return line;
        throw new InvalidOperationException($"{id} ended without a word");
    }

    private static async Task<ErrorKind> KindAsync(Func<Task> call) => (await Assert.ThrowsAsync<DomainException>(call)).Kind;

    /// <summary>The process of the machine is gone. After its rep, nothing else tells its end.</summary>
    private static Task GoneAsync(int pid) =>
        Wait.UntilAsync(() => !Directory.Exists($"/proc/{pid}") || IsZombie(pid), $"the end of {pid}");

    private static bool IsZombie(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].StartsWith('Z');
        }
        catch (IOException)
        {
            return true;
        }
    }
}
