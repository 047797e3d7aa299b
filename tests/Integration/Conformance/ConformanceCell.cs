using Scheduler.Cli.Images;
using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Integration.Conformance;

/// <summary>
/// A machine with one cell, on which all cases of a driver run. To add a driver, derive from this and from <see cref="RuntimeConformance"/>,
/// and add it to <see cref="ConformanceDocTests"/>.
/// </summary>
public abstract class ConformanceCell : IAsyncLifetime
{
    private IContainerRuntime? _runtime;

    /// <summary>As in <c>--runtime</c>.</summary>
    public abstract RuntimeKind Kind { get; }

    /// <summary>What the driver cannot do, each with the reason in words for operators. Known before the cell is initialized.</summary>
    public abstract IReadOnlyDictionary<Ability, string> Lacks { get; }

    /// <summary>Scratch directory on this machine.</summary>
    public abstract string Directory { get; }

    /// <summary>The current runtime.</summary>
    public IContainerRuntime Runtime => _runtime ?? throw new InvalidOperationException("no case runs");

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>A container with busybox, its usual directories and the user vcap (2000), but nothing else.</summary>
    public abstract ContainerSpec Spec(string handle);

    /// <summary>Makes an image of busybox with these settings.</summary>
    /// <returns>For <see cref="ContainerSpec.RootFs"/>.</returns>
    internal virtual string Image(OciLayoutBuilder settings)
    {
        var path = Path.Combine(Directory, $"image-{Guid.NewGuid():N}");
        settings.AddLayer(tar => BusyboxImage.Write(tar, "/bin/busybox", new Dictionary<string, string>()));
        settings.WriteDirectory(path);
        return $"oci://{path}";
    }

    /// <summary>Whatever is left of a container on the machine: processes, mounts, cgroups, files.</summary>
    public abstract IReadOnlyList<string> TracesOf(string handle);

    /// <summary>Runs a case where it sees the containers' network, with a runtime that is ready.</summary>
    public Task RunAsync(Func<Task> body) =>
        EnterAsync(async () =>
        {
            _runtime ??= await StartAsync();
            await body();
        });

    /// <summary>A new runtime on the same state, like a restarted rep. The old one is gone before <paramref name="meanwhile"/>.</summary>
    public async Task<IContainerRuntime> RestartAsync(Func<Task>? meanwhile = null)
    {
        await Runtime.DisposeAsync();
        if (meanwhile is not null)
            await meanwhile();
        return _runtime = await StartAsync();
    }

    /// <summary>Runs something where it sees the containers' network.</summary>
    protected abstract Task EnterAsync(Func<Task> body);

    /// <summary>Called within <see cref="EnterAsync"/>.</summary>
    protected abstract Task<IContainerRuntime> StartAsync();
}
