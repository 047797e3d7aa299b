using System.Globalization;
using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>A container as the engine has it.</summary>
/// <param name="Record">Its label, completed by what has become of it.</param>
/// <param name="Image">The engine's id of its image.</param>
/// <param name="Writable">Directories on the machine with everything that it writes; none if they cannot be told.</param>
internal sealed record EngineContainer(
    ContainerRecord Record,
    ContainerPaths Paths,
    ContainerState State,
    string Image,
    string? NetworkNamespace,
    IReadOnlyList<string> Writable
)
{
    public ContainerInfo Info() =>
        new()
        {
            Spec = Record.Spec,
            State = State,
            Address = Record.Address is { Length: > 0 } address ? IPAddress.Parse(address) : null,
            NetworkNamespace = NetworkNamespace,
            Ports = Record.Ports,
            CreatedAt = Record.CreatedAt,
            StopSignal = Record.Image.StopSignal,
            Processes = Directory.Exists(Paths.Processes)
                ? [.. Directory.GetDirectories(Paths.Processes).Select(directory => Path.GetFileName(directory))]
                : [],
            Directory = Paths.Root,
        };
}

/// <summary>The containers of one cell at its engine.</summary>
/// <param name="removal">How long the engine may take to remove one after it was asked to.</param>
internal sealed class EngineContainers(
    DockerEngine engine,
    string cell,
    string network,
    CellPaths paths,
    Cgroups cgroups,
    TimeSpan removal,
    TimeProvider time
)
{
    /// <summary>Between questions whether a container is gone, which the engine does not tell by itself.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public async Task<EngineContainer?> FindAsync(string handle, CancellationToken cancellation)
    {
        var name = ContainerRequest.NameOf(cell, handle);
        var found = await engine.FindAsync(
            $"inspect container {handle}",
            client => client.Containers.InspectContainerAsync(name, cancellation)
        );
        return found is null ? null : Read(found);
    }

    /// <summary>All of them, complete or not.</summary>
    public async Task<IReadOnlyList<EngineContainer>> ListAsync(CancellationToken cancellation)
    {
        var filter = new Dictionary<string, IDictionary<string, bool>>
        {
            ["label"] = new Dictionary<string, bool> { [$"{ContainerLabels.Cell}={cell}"] = true },
        };
        var listed = await engine.AskAsync(
            "list containers",
            client => client.Containers.ListContainersAsync(new ContainersListParameters { All = true, Filters = filter }, cancellation)
        );
        var found = new List<EngineContainer>();
        foreach (var container in listed)
        {
            // It may have gone since.
            var known = await engine.FindAsync(
                $"inspect container {container.ID}",
                client => client.Containers.InspectContainerAsync(container.ID, cancellation)
            );
            if (known is not null && Read(known) is { } own)
                found.Add(own);
        }

        return found;
    }

    public Task CreateAsync(CreateContainerParameters request, string handle) =>
        engine.AskAsync($"create container {handle}", client => client.Containers.CreateContainerAsync(request));

    public Task StartAsync(string handle) =>
        engine.AskAsync(
            $"start container {handle}",
            client => client.Containers.StartContainerAsync(ContainerRequest.NameOf(cell, handle), new ContainerStartParameters())
        );

    /// <summary>
    /// The links in the files of a container that has not been started, for <see cref="MountPlaces.CheckAsync"/>. Read from its layers: to
    /// be asked, the engine would first mount the volumes that are to be checked.
    /// </summary>
    public async Task<Func<string, ValueTask<string?>>> LinksAsync(string handle)
    {
        var found = await engine.FindAsync(
            $"inspect container {handle}",
            client => client.Containers.InspectContainerAsync(ContainerRequest.NameOf(cell, handle))
        );
        var data = found?.GraphDriver?.Data;
        if (data is null || !data.TryGetValue("UpperDir", out var upper) || !data.TryGetValue("LowerDir", out var lower))
            throw new ContainerRuntimeException(
                $"container {handle} cannot have volumes: only with the storage driver overlay2 does the engine tell where the files of its image are"
            );
        string[] layers = [upper, .. lower.Split(':')];
        return path => ValueTask.FromResult(LinkTarget(layers, path));
    }

    /// <param name="layers">Uppermost first: what is in one hides what is below it.</param>
    private static string? LinkTarget(IEnumerable<string> layers, string path)
    {
        var highest = layers
            .Select(layer => new FileInfo(layer + path))
            .FirstOrDefault(entry => entry.LinkTarget is not null || Path.Exists(entry.FullName));
        return highest?.LinkTarget;
    }

    /// <summary>Kills what runs in it and removes it, if it exists.</summary>
    public Task RemoveAsync(string handle, CancellationToken cancellation)
    {
        var deadline = time.GetUtcNow() + removal;
        return engine.AskAsync(
            $"remove container {handle}",
            async client =>
            {
                while (!await TryRemoveAsync(client, ContainerRequest.NameOf(cell, handle), deadline, cancellation))
                    await Task.Delay(Pause, time, cancellation);
            }
        );
    }

    /// <returns>
    /// False while the engine is still about to remove it: it goes on with what it was asked to do when the rep that asked is gone, and
    /// refuses whoever asks meanwhile.
    /// </returns>
    private async Task<bool> TryRemoveAsync(DockerClient client, string name, DateTimeOffset deadline, CancellationToken cancellation)
    {
        try
        {
            await client.Containers.RemoveContainerAsync(
                name,
                new ContainerRemoveParameters { Force = true, RemoveVolumes = true },
                cancellation
            );
            return true;
        }
        catch (DockerApiException refusal) when (refusal.StatusCode == HttpStatusCode.NotFound)
        {
            return true; // it is gone already
        }
        catch (DockerApiException refusal) when (refusal.StatusCode == HttpStatusCode.Conflict && time.GetUtcNow() < deadline)
        {
            return false;
        }
    }

    private EngineContainer? Read(ContainerInspectResponse found)
    {
        if (ContainerLabels.Read(cell, found.Config?.Labels) is not { } record)
            return null;
        var init = found.State.Running && found.State.Pid > 0 ? ProcessIdentity.Of((int)found.State.Pid) ?? default : default;
        var own = paths.Container(record.Spec.Handle);
        own = own with
        {
            Cgroup = CgroupOf(init.Pid) ?? $"{paths.Cgroup}/{found.ID}",
            RootFs = string.Create(CultureInfo.InvariantCulture, $"/proc/{init.Pid}/root"),
        };
        var isComplete = File.Exists(own.Record);
        var address = found.NetworkSettings?.Networks?.TryGetValue(network, out var endpoint) == true ? endpoint.IPAddress : null;
        return new EngineContainer(
            record with
            {
                Id = found.ID,
                Init = init,
                Complete = isComplete,
                Address = address is { Length: > 0 } ? address : null,
            },
            own,
            !isComplete ? ContainerState.Creating
                : init.Pid > 0 ? ContainerState.Ready
                : ContainerState.Stopped,
            found.Image,
            found.NetworkSettings?.SandboxKey,
            [.. Writable(found)]
        );
    }

    private static IEnumerable<string> Writable(ContainerInspectResponse found)
    {
        if (found.GraphDriver?.Data?.TryGetValue("UpperDir", out var upper) == true)
            yield return upper;
        foreach (var volume in found.Mounts ?? [])
        {
            // The engine makes one for each VOLUME of the image.
            if (volume is { Type: "volume", Source.Length: > 0 })
                yield return volume.Source;
        }
    }

    /// <summary>The control group of a process; null: it is gone.</summary>
    private string? CgroupOf(int pid)
    {
        try
        {
            foreach (var line in pid == 0 ? [] : File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup")))
            {
                // NUMBER:CONTROLLERS:PATH; version 2 has no controllers there.
                if (line.Split(':', 3) is [_, var controllers, var path] && IsWanted(controllers))
                    return path;
            }
        }
        catch (IOException)
        {
            // it has ended
        }

        return null;

        bool IsWanted(string controllers) => cgroups.IsUnified ? controllers.Length == 0 : controllers.Split(',').Contains("pids");
    }
}
