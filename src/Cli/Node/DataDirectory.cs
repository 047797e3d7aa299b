using Scheduler.Models;

namespace Scheduler.Cli.Node;

/// <summary>The node's folder, held so that a second node cannot work on the same state. Let go when the process ends, however.</summary>
internal static class DataDirectory
{
    /// <returns>Holds the folder until it is disposed of.</returns>
    /// <exception cref="DomainException">Another node holds it, or it cannot be made.</exception>
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
            throw new DomainException(DomainError.Invalid(
                "data", $"{directory} is in use by another node; choose another directory with --data"), failure);
        }
    }
}
