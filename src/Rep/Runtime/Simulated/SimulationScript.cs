using System.Text;

namespace Scheduler.Rep.Runtime.Simulated;

/// <summary>The creation of one simulated container.</summary>
public sealed record SimulatedContainerPlan
{
    public TimeSpan Takes { get; init; }

    /// <summary>Not null: creation fails with this message after <see cref="Takes"/>.</summary>
    public string? Failure { get; init; }

    /// <summary>
    /// Not null: the request is invalid, for example a bad image; creation fails with this rule after <see cref="Takes"/>.
    /// </summary>
    public string? BadWork { get; init; }

    public static SimulatedContainerPlan Works { get; } = new();
}

/// <summary>The course of one simulated process.</summary>
public sealed record SimulatedProcessPlan
{
    public TimeSpan StartTakes { get; init; }

    /// <summary>Not null: the process cannot be started, for this reason.</summary>
    public string? StartFailure { get; init; }

    /// <summary>Null: it runs until it is signalled.</summary>
    public TimeSpan? RunsFor { get; init; }

    public int ExitCode { get; init; }

    public bool OutOfMemory { get; init; }

    /// <summary>Time from the terminate signal to the exit. Null: the process ignores the signal and must be killed.</summary>
    public TimeSpan? TerminateTakes { get; init; } = TimeSpan.Zero;

    /// <summary>Written to standard output as soon as it runs.</summary>
    public IReadOnlyList<string> Output { get; init; } = [];

    public static SimulatedProcessPlan RunsForEver { get; } = new();

    public static SimulatedProcessPlan Exits(int code) => new() { RunsFor = TimeSpan.Zero, ExitCode = code };
}

/// <summary>What a simulated process says to whoever is attached to it.</summary>
public sealed record SimulatedAnswer
{
    /// <summary>Written to its standard output.</summary>
    public string Output { get; init; } = "";

    /// <summary>Written to its standard error.</summary>
    public string Error { get; init; } = "";

    /// <summary>It then copies its input to its output, until the input ends or a signal arrives.</summary>
    public bool Echoes { get; init; }

    public int ExitCode { get; init; }
}

/// <summary>The behaviour of simulated containers and processes, decided separately for each one.</summary>
public sealed class SimulationScript
{
    public Func<ContainerSpec, SimulatedContainerPlan> Container { get; set; } = _ => SimulatedContainerPlan.Works;

    public Func<ContainerSpec, string, ProcessSpec, SimulatedProcessPlan> Process { get; set; } =
        (_, _, _) => SimulatedProcessPlan.RunsForEver;

    /// <summary>What attached processes say: by default <c>cat</c> echoes, and others tell their command line.</summary>
    public Func<ContainerSpec, ProcessSpec, SimulatedAnswer> Attached { get; set; } =
        (_, process) =>
            process.Path == "cat"
                ? new SimulatedAnswer { Echoes = true }
                : new SimulatedAnswer { Output = $"simulated: {string.Join(' ', process.Args.Prepend(process.Path))}\n" };

    /// <summary>Content of files for <see cref="IContainerRuntime.ReadFileAsync"/>; null: the file does not exist.</summary>
    public Func<ContainerSpec, string, byte[]?> File { get; set; } = (_, path) => Encoding.UTF8.GetBytes($"content of {path}");

    /// <summary>The stop signal of all images.</summary>
    public string? StopSignal { get; set; }

    /// <summary>Not null: container creation and health checks fail with this message. Running containers are not affected.</summary>
    public string? Unhealthy { get; set; }

    /// <summary>An additional step of health checks, which may throw.</summary>
    public Func<Task> HealthCheck { get; set; } = () => Task.CompletedTask;

    /// <summary>The first host port to allocate.</summary>
    public int FirstHostPort { get; set; } = 61_000;
}
