using System.Security.Cryptography;
using System.Text;

namespace Scheduler.Rep.Runtime.Disk;

/// <summary>Paths of everything that a cell stores. This directory tree is the only record of its containers.</summary>
internal sealed record CellPaths(string State, string CgroupParent)
{
    public string Containers => Path.Combine(State, "containers");

    /// <summary>runc's own state.</summary>
    public string Runc => Path.Combine(State, "runc");

    /// <summary>Names the engine of the containers; cells from before there were several have no such file, and runc.</summary>
    public string Engine => Path.Combine(State, "engine");

    public string Images => Path.Combine(State, "images");

    public string Empty => Path.Combine(State, "empty");

    /// <summary>Sandboxes of containers, and those made ahead.</summary>
    public string Sandboxes => Path.Combine(State, "sandboxes");

    /// <summary>Scratch directory for creating the containers' volumes.</summary>
    public string Volumes => Path.Combine(State, "volumes");

    public string Network => Path.Combine(State, "network");

    /// <summary>Derived from the state directory, which differs between the cells of a machine.</summary>
    public string Cgroup => $"{CgroupParent.TrimEnd('/')}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(State)))[..12]}";

    public SandboxPaths Sandbox(string id) => new(Path.Combine(Sandboxes, id));

    public ContainerPaths Container(string handle) => new(Path.Combine(Containers, handle), $"{Cgroup}/{handle}");
}

internal sealed record ContainerPaths(string Root, string Cgroup)
{
    public string Record => Path.Combine(Root, "container.json");

    /// <summary>runc's bundle is the container's directory.</summary>
    public string Config => Path.Combine(Root, "config.json");

    /// <summary>The container's files, without its mounts.</summary>
    public string RootFs { get; init; } = Path.Combine(Root, "rootfs");

    /// <summary>Everything that the container writes: a directory, or the mount of <see cref="VolumeFile"/>.</summary>
    public string Volume => Path.Combine(Root, "volume");

    /// <summary>The container's own file system, if it has one.</summary>
    public string VolumeFile => Path.Combine(Root, "volume.img");

    public string Upper => Path.Combine(Volume, "upper");

    public string Work => Path.Combine(Volume, "work");

    /// <summary>Mount points of the image's layers, mapped to the container's users, until the overlay is mounted.</summary>
    public string Lower => Path.Combine(Root, "lower");

    /// <summary>runc writes the id of the container's first process here.</summary>
    public string InitPid => Path.Combine(Root, "init.pid");

    /// <summary>Mount points of directories that are not the cell's, from where runc takes them.</summary>
    public string StagedMount(int number) => Path.Combine(Root, "mounts", $"{number}");

    public string Hosts => Path.Combine(Root, "hosts");

    public string HostName => Path.Combine(Root, "hostname");

    public string ResolvConf => Path.Combine(Root, "resolv.conf");

    public string RuncLog => Path.Combine(Root, "runc.log");

    public string Processes => Path.Combine(Root, "processes");

    public ProcessPaths Process(string id) => new(Path.Combine(Processes, id));

    /// <summary>Processes with somebody attached. They end with the rep, so whatever is here when it starts is left over.</summary>
    public string Sessions => Path.Combine(Root, "sessions");

    public SessionPaths Session(string id) => new(Path.Combine(Sessions, id), $"{Cgroup}/{id}");
}

/// <summary>Files of one process with somebody attached, and the cgroup of everything that it starts, below the container's.</summary>
internal sealed record SessionPaths(string Root, string Cgroup)
{
    /// <summary>Input of runc exec: arguments, environment, user.</summary>
    public string Spec => Path.Combine(Root, "process.json");

    /// <summary>Written by runc once the process runs.</summary>
    public string Pid => Path.Combine(Root, "pid");

    public string RuncLog => Path.Combine(Root, "runc.log");
}

/// <summary>Files of one process. conmon writes most of them; <c>exit</c> appears by renaming, so it is complete once it exists.</summary>
internal sealed record ProcessPaths(string Root)
{
    /// <summary>Written by the rep: the start time, and the number of out-of-memory kills before the start.</summary>
    public string Start => Path.Combine(Root, "start.json");

    /// <summary>Written by the rep: the outcome, as first seen.</summary>
    public string Outcome => Path.Combine(Root, "outcome.json");

    /// <summary>Input of runc exec: arguments, environment, user.</summary>
    public string Spec => Path.Combine(Root, "process.json");

    /// <summary>conmon's messages to its parent: the pid or an error, then the exit code.</summary>
    public string Sync => Path.Combine(Root, "sync");

    public string Pid => Path.Combine(Root, "pid");

    public string ConmonPid => Path.Combine(Root, "conmon.pid");

    public string ConmonError => Path.Combine(Root, "conmon.err");

    public string Exit => Path.Combine(Root, "exit");

    public string OutOfMemory => Path.Combine(Root, "oom");

    public string Log => Path.Combine(Root, "log");
}

/// <summary>Files of one sandbox; the network keeps its own.</summary>
internal sealed record SandboxPaths(string Root)
{
    public string Record => Path.Combine(Root, "sandbox.json");

    /// <summary>Mount of the user namespace.</summary>
    public string Users => Path.Combine(Root, "users");

    /// <summary>Mount of the pid namespace.</summary>
    public string Pids => Path.Combine(Root, "pids");
}
