namespace Scheduler.Tests.Integration.Conformance;

/// <summary>What a driver may lack. A case that needs one that it lacks is skipped, and docs/runtimes.md says so.</summary>
public enum Ability
{
    /// <summary>Programs really run.</summary>
    Programs,

    /// <summary>Containers are made from OCI images, and start as the image says.</summary>
    Images,

    /// <summary>Writes are refused at the disk limit.</summary>
    DiskLimits,

    /// <summary>Processes and memory are limited.</summary>
    Limits,

    /// <summary>Standard output and standard error are told apart.</summary>
    SeparateStreams,

    /// <summary>Container ports are reached at the host's port.</summary>
    Ports,

    /// <summary>Containers reach neither each other nor the machine.</summary>
    NetworkPolicy,

    /// <summary>Name servers can be set.</summary>
    Dns,

    /// <summary>Files of the container can be read by path, as it sees them.</summary>
    Files,

    /// <summary>Directories of the machine can be mounted.</summary>
    Mounts,

    /// <summary>Root in a container is an unprivileged user of the machine.</summary>
    UserNamespaces,

    /// <summary>Somebody can be attached to a process.</summary>
    Sessions,

    /// <summary>Attached with a terminal.</summary>
    Terminals,

    /// <summary>Usage is measured.</summary>
    Metrics,

    /// <summary>The state is on disk: a new runtime finds it.</summary>
    Restarts,
}

/// <summary>What a case needs of the driver.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsAttribute(params Ability[] abilities) : Attribute
{
    public IReadOnlyList<Ability> Abilities => abilities;
}
