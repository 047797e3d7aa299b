namespace Scheduler.Rep.Runtime.Disk;

/// <summary>
/// Containers of another runtime below the same state directory. They would run on, and nobody would look after them: a cell changes its
/// runtime when it is empty.
/// </summary>
internal static class OtherRuntimes
{
    private static readonly (RuntimeKind Kind, string Containers)[] Places =
    [
        (RuntimeKind.Runc, "containers"),
        (RuntimeKind.Docker, "docker/containers"),
    ];

    /// <exception cref="ContainerRuntimeException">There are some.</exception>
    public static void Refuse(string stateDirectory, RuntimeKind own)
    {
        foreach (var (kind, containers) in Places)
        {
            var directory = Path.Combine(stateDirectory, containers);
            if (kind != own && Directory.Exists(directory) && Directory.EnumerateDirectories(directory).Any())
                throw new ContainerRuntimeException(
                    $"the state directory {stateDirectory} has containers of the {kind.ToString().ToLowerInvariant()} runtime: drain the cell with that runtime first, or use another directory"
                );
        }
    }
}
