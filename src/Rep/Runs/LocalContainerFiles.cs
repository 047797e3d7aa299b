using System.Text;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Transfers.Cache;
using Scheduler.Rep.Transfers.Web;
using Scheduler.Rep.Volumes;

namespace Scheduler.Rep.Runs;

/// <summary>Container files below the cell's state directory, and the volumes of its machine.</summary>
internal sealed class LocalContainerFiles : IContainerFiles
{
    private const string BindingsInContainer = "/etc/cf-service-bindings";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Passable = OwnerOnly | Readable | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The limit of common file systems.</summary>
    private const int LongestName = 255;

    private readonly string _directory;
    private readonly Dependencies _dependencies;
    private readonly IReadOnlyList<HostVolume> _volumes;
    private readonly string _systemCertificates;

    /// <summary>Adopts the files of the containers that an earlier rep left.</summary>
    /// <param name="systemCertificates">Directory of the certificates that the cell trusts; empty: it has none.</param>
    public LocalContainerFiles(
        string directory,
        Dependencies dependencies,
        IReadOnlyList<HostVolume> volumes,
        string systemCertificates = ""
    )
    {
        (_directory, _dependencies, _volumes, _systemCertificates) = (directory, dependencies, volumes, systemCertificates);

        // Files are readable by every user in their container; this directory keeps out the users of the machine.
        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, OwnerOnly);
        dependencies.Adopt(Directory.GetDirectories(directory));
    }

    public async Task<IReadOnlyList<BindMount>> PrepareAsync(
        WorkDefinition work,
        Action<string, string> say,
        CancellationToken cancellation
    )
    {
        List<BindMount> mounts =
        [
            .. VolumeMounting.Of(work.VolumeMounts, _volumes),
            .. SystemCertificates.Mounts(work, _systemCertificates),
        ];
        if (work.CachedDependencies.Count > 0)
            mounts.AddRange(await DependenciesAsync(work, say, cancellation));
        if (work.Files.Count > 0)
            mounts.Add(await BindingsAsync(work, cancellation));
        return mounts;
    }

    public Task RemoveAsync(string containerGuid, CancellationToken cancellation)
    {
        var home = HomeOf(containerGuid);
        _dependencies.Release(home);
        FileTree.Remove(home);
        return Task.CompletedTask;
    }

    private async Task<IReadOnlyList<BindMount>> DependenciesAsync(
        WorkDefinition work,
        Action<string, string> say,
        CancellationToken cancellation
    )
    {
        try
        {
            return await _dependencies.MountAsync(HomeOf(work.Entry.ContainerGuid), work.CachedDependencies, say, cancellation);
        }
        catch (TransferException failure)
        {
            throw new PreparationException($"failed to download cached artifacts: {failure.Message}", failure)
            {
                IsPermanent = failure.IsPermanent,
            };
        }
    }

    /// <summary>Small files with secrets, such as service bindings; read-only in the container.</summary>
    private async Task<BindMount> BindingsAsync(WorkDefinition work, CancellationToken cancellation)
    {
        var root = Path.Combine(HomeOf(work.Entry.ContainerGuid), "bindings");
        try
        {
            // Begun anew: an interrupted attempt may have left a part of a file.
            FileTree.Remove(root);
            MakeDirectory(root);
            foreach (var file in work.Files)
                await WriteAsync(root, file, cancellation);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PreparationException("failed to create volume mounted files", failure);
        }

        return new BindMount(root, BindingsInContainer);
    }

    private static async Task WriteAsync(string root, MountedFile file, CancellationToken cancellation)
    {
        string[] names = [.. file.Path.Split('/').Where(name => name is not ("" or "."))];
        if (names.Length == 0 || names.Contains(".."))
            throw Unusable(file, "leads out of its directory");
        if (names.Any(name => Encoding.UTF8.GetByteCount(name) > LongestName))
            throw Unusable(file, $"has a name of more than {LongestName} bytes");
        var path = root;
        foreach (var name in names[..^1])
        {
            path = Path.Combine(path, name);
            if (File.Exists(path))
                throw Unusable(file, "is below another file");
            MakeDirectory(path);
        }

        path = Path.Combine(path, names[^1]);
        if (Directory.Exists(path))
            throw Unusable(file, "is a directory of another file");
        await File.WriteAllTextAsync(path, file.Content, cancellation);
        File.SetUnixFileMode(path, Readable);
    }

    /// <summary>Whatever the rep's own file mode mask is.</summary>
    private static void MakeDirectory(string path)
    {
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, Passable);
    }

    private static PreparationException Unusable(MountedFile file, string why) =>
        new($"failed to create volume mounted files: {file.Path} {why}") { IsPermanent = true };

    private string HomeOf(string containerGuid) => Path.Combine(_directory, containerGuid);
}
