namespace Scheduler.Cli;

/// <summary>What the program's exit code tells a script.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>It was tried and did not work, or a check found a difference.</summary>
    public const int Failed = 1;

    /// <summary>A flag, a file or a field is not what it must be; nothing was done.</summary>
    public const int BadInput = 2;

    /// <summary>The server said no: not found, exists already, wrong state.</summary>
    public const int Refused = 3;

    /// <summary>The server cannot be reached, or did not answer in time.</summary>
    public const int Unreachable = 4;

    /// <summary>Interrupted by the user, as shells count it.</summary>
    public const int Interrupted = 130;
}
