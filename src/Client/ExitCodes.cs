namespace Scheduler.Client;

/// <summary>Exit codes of the program.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The operation failed, or a check found a difference.</summary>
    public const int Failed = 1;

    /// <summary>A flag, a file or a field is invalid; nothing was done.</summary>
    public const int BadInput = 2;

    /// <summary>The server refused: not found, already exists, wrong state.</summary>
    public const int Refused = 3;

    /// <summary>The server cannot be reached, or did not answer in time.</summary>
    public const int Unreachable = 4;

    /// <summary>Interrupted by the user; the value that shells use.</summary>
    public const int Interrupted = 130;
}
