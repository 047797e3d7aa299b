using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Runs;

/// <summary>Container files below the cell's state directory.</summary>
internal sealed class LocalContainerFiles(string directory) : IContainerFiles
{
    private const string BindingsInContainer = "/etc/cf-service-bindings";

    public async Task<IReadOnlyList<BindMount>> PrepareAsync(WorkDefinition work, Action<string> say, CancellationToken cancellation)
    {
        if (work.CachedDependencies.Count > 0)
            throw new PreparationException("failed to download cached artifacts: this cell does not support cached dependencies")
            {
                IsPermanent = true,
            };
        if (work.VolumeMounts.Count > 0)
            throw new PreparationException("failed to mount volume: this cell has no volume drivers") { IsPermanent = true };
        return work.Files.Count > 0 ? [await BindingsAsync(work, cancellation)] : [];
    }

    public Task RemoveAsync(string containerGuid, CancellationToken cancellation)
    {
        var home = HomeOf(containerGuid);
        if (Directory.Exists(home))
            Directory.Delete(home, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Small files with secrets, such as service bindings; read-only in the container.</summary>
    private async Task<BindMount> BindingsAsync(WorkDefinition work, CancellationToken cancellation)
    {
        var root = Path.Combine(HomeOf(work.Entry.ContainerGuid), "bindings");
        try
        {
            // Readable by every user in the container; the directories above keep out the users of the machine.
            Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Directory.CreateDirectory(root);
            foreach (var file in work.Files)
            {
                var path = Path.GetFullPath(Path.Combine(root, file.Path.TrimStart('/')));
                if (!path.StartsWith(root + "/", StringComparison.Ordinal))
                {
                    throw new PreparationException($"failed to create volume mounted files: {file.Path} leads out of its directory")
                    {
                        IsPermanent = true,
                    };
                }
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await File.WriteAllTextAsync(path, file.Content, cancellation);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PreparationException("failed to create volume mounted files", failure);
        }

        return new BindMount(root, BindingsInContainer);
    }

    private string HomeOf(string containerGuid) => Path.Combine(directory, containerGuid);
}
