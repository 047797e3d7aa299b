using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Validation;

/// <summary>Limits of requests that this implementation adds; those of the contract are constants next to their rules.</summary>
public sealed class RequestLimits
{
    /// <summary>
    /// Maximum instances of one desired LRP. They are created in one commit, so this also bounds how long one request can delay others:
    /// 100,000 rows take a second or two.
    /// </summary>
    [Range(1, 1_000_000)]
    [Setting("Maximum number of instances of an LRP")]
    public int MaxInstances { get; set; } = 100_000;

    /// <summary>
    /// Maximum size of a desired LRP or a task definition, in bytes. A change event carries it twice and must stay below the 4 MiB that
    /// gRPC clients accept by default.
    /// </summary>
    [Range(1_024, 8 * 1024 * 1024)]
    [Setting("Maximum size of the definition of an LRP or task in bytes")]
    public int MaxDefinitionBytes { get; set; } = 1_536 * 1024;

    /// <summary>Maximum size of a task's result, in bytes; Diego's executor truncates at 10 KB.</summary>
    [Range(1_024, 8 * 1024 * 1024)]
    [Setting("Maximum size of a task's result in bytes")]
    public int MaxResultBytes { get; set; } = 256 * 1024;

    /// <summary>Maximum repairs in one request of the converger; they are decided together.</summary>
    [Range(1, 1_000_000)]
    [Setting("Maximum number of commands in one request from the converger")]
    public int MaxConvergenceCommands { get; set; } = 10_000;
}
