using System.Text;

namespace Scheduler.Rep.Runtime.Simulated;

/// <summary>How creation of one simulated container goes.</summary>
public sealed record SimulatedContainerPlan
{
    public TimeSpan Takes { get; init; }

    /// <summary>Not null: creation fails with this message after <see cref="Takes"/>.</summary>
    public string? Failure { get; init; }

    /// <summary>Not null: the work asks for what cannot be, such as a bad image; creation is refused with this rule after <see cref="Takes"/>.</summary>
    public string? BadWork { get; init; }

    public static SimulatedContainerPlan Works { get; } = new();
}

/// <summary>How one simulated process goes.</summary>
public sealed record SimulatedProcessPlan
{
    public TimeSpan StartTakes { get; init; }

    /// <summary>Not null: the process cannot be started, and this is why.</summary>
    public string? StartFailure { get; init; }

    /// <summary>Null: it runs until it is signalled.</summary>
    public TimeSpan? RunsFor { get; init; }

    public int ExitCode { get; init; }

    public bool OutOfMemory { get; init; }

    /// <summary>Between the terminate signal and the end. Null: the signal is ignored and only a kill ends it.</summary>
    public TimeSpan? TerminateTakes { get; init; } = TimeSpan.Zero;

    /// <summary>Written to standard output as soon as it runs.</summary>
    public IReadOnlyList<string> Output { get; init; } = [];

    public static SimulatedProcessPlan RunsForEver { get; } = new();

    public static SimulatedProcessPlan Exits(int code) => new() { RunsFor = TimeSpan.Zero, ExitCode = code };
}

/// <summary>What simulated containers and processes do; decided anew for each one.</summary>
public sealed class SimulationScript
{
    public Func<ContainerSpec, SimulatedContainerPlan> Container { get; set; } = _ => SimulatedContainerPlan.Works;

    public Func<ContainerSpec, string, ProcessSpec, SimulatedProcessPlan> Process { get; set; } = (_, _, _) => SimulatedProcessPlan.RunsForEver;

    /// <summary>Content of files for <see cref="IContainerRuntime.ReadFileAsync"/>; null: there is no such file.</summary>
    public Func<ContainerSpec, string, byte[]?> File { get; set; } = (_, path) => Encoding.UTF8.GetBytes($"content of {path}");

    /// <summary>That all images have.</summary>
    public string? StopSignal { get; set; }

    /// <summary>Not null: no container can be made, and this is what the attempt and health checks say. What runs goes on.</summary>
    public string? Unhealthy { get; set; }

    /// <summary>What else a health check finds.</summary>
    public Func<Task> HealthCheck { get; set; } = () => Task.CompletedTask;

    /// <summary>First host port given out.</summary>
    public int FirstHostPort { get; set; } = 61_000;
}
