namespace Scheduler.Rep.Reports;

/// <summary>The next thing to do about a container: something to tell the BBS, or to destroy it.</summary>
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

    /// <summary>Nothing more is to be told.</summary>
    Destroy,
}

/// <summary>What an answer means for the container.</summary>
internal enum Effect
{
    None,

    /// <summary>Its work is known now: make it and run it.</summary>
    Run,

    /// <summary>Nobody wants it any more: it completes as stopped, before it began.</summary>
    Abandon,

    /// <summary>Stop it; when it has ended, that is reported.</summary>
    Stop,

    /// <summary>It goes, without a report.</summary>
    Delete,

    /// <summary>Its end is told and taken.</summary>
    Reported,

    /// <summary>The same again, later.</summary>
    Retry,
}
