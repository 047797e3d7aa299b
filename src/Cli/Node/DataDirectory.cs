using Scheduler.Models;

namespace Scheduler.Cli.Node;

/// <summary>
/// Locks the node's directory, so that a second node cannot use the same state. The lock ends with the process, however it ends.
/// </summary>
internal static class DataDirectory
{
    /// <returns>Holds the directory until disposed.</returns>
    /// <exception cref="DomainException">Another node holds the directory, or it cannot be created.</exception>
    public static IDisposable Hold(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DomainException(DomainError.Invalid("data", $"cannot create {directory}: {failure.Message}"), failure);
        }

        try
        {
            return new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new DomainException(DomainError.Invalid("data", $"{directory} is not writable: {failure.Message}"), failure);
        }
        catch (IOException failure)
        {
            throw new DomainException(
                DomainError.Invalid("data", $"{directory} is in use by another node; choose another directory with --data"),
                failure
            );
        }
    }
}
