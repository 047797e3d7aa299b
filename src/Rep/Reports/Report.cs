namespace Scheduler.Rep.Reports;

/// <summary>The next action for a container: a report to the BBS, or its destruction.</summary>
internal enum Report
{
    None,
    ClaimLrp,
    StartLrp,
    CrashLrp,
    RemoveLrp,
    EvacuateClaimed,
    EvacuateRunning,
    EvacuateStopped,
    EvacuateCrashed,
    StartTask,
    CompleteTask,
    RejectTask,

    /// <summary>Nothing is left to report.</summary>
    Destroy,
}

/// <summary>The effect of an answer on the container.</summary>
internal enum Effect
{
    None,

    /// <summary>The work definition is known: create and run the container.</summary>
    Run,

    /// <summary>The work is no longer desired: the container completes as stopped, before it started.</summary>
    Abandon,

    /// <summary>Stop the container; its end is reported afterwards.</summary>
    Stop,

    /// <summary>Delete the container without a report.</summary>
    Delete,

    /// <summary>The BBS accepted the report of its end.</summary>
    Reported,

    /// <summary>Send the same report again later.</summary>
    Retry,
}
