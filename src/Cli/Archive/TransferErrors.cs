using Scheduler.Bbs.Storage;
using Scheduler.Models;

namespace Scheduler.Cli.Archive;

/// <summary>Failures of the store and of files as failures of a command.</summary>
internal static class TransferErrors
{
    public static async Task<T> AsCommandAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception failure) when (failure is StoreException or LeadershipLostException or IOException or UnauthorizedAccessException)
        {
            throw new DomainException(new DomainError(ErrorKind.Unknown, failure.Message), failure);
        }
    }
}
