namespace Scheduler.Rep.Transfers.Web;

/// <summary>Why a transfer failed, in words for the owner of the work. They contain no URL, because URLs carry credentials.</summary>
internal sealed class TransferException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The server or the network failed: another attempt may succeed.</summary>
    public bool MayPass { get; init; }

    /// <summary>The work itself is at fault: it would fail the same way on any cell at any time.</summary>
    public bool IsPermanent { get; init; }

    public static TransferException Passing(string message, Exception? inner = null) => new(message, inner) { MayPass = true };

    public static TransferException Permanent(string message, Exception? inner = null) => new(message, inner) { IsPermanent = true };
}
