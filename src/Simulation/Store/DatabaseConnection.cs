using Scheduler.Bbs.Storage;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Store;

/// <summary>
/// One BBS's connection to the database. Statements that it sent may still be executed after it has given up or died, which is why commits
/// are fenced.
/// </summary>
internal sealed class DatabaseConnection(SimulatedNetwork network, SimulatedDatabase database, Machine machine, VirtualProcess process)
    : IBbsStore
{
    // Equals the product's command timeout; no client waits longer for a server that does not answer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public Task<LeadershipAttempt> AcquireLeadershipAsync(string owner, string value, TimeSpan ttl, CancellationToken cancellationToken) =>
        CallAsync(
            () =>
            {
                var attempt = database.Store.AcquireLeadershipAsync(owner, value, ttl, default);
                if (attempt is { IsCompletedSuccessfully: true, Result: { Acquired: true, Epoch: var epoch } })
                    database.TermBegan?.Invoke(process, epoch);
                return attempt;
            },
            cancellationToken
        );

    public Task RenewLeadershipAsync(long epoch, TimeSpan ttl, CancellationToken cancellationToken) =>
        CallAsync(() => Done(database.Store.RenewLeadershipAsync(epoch, ttl, default)), cancellationToken);

    public Task ReleaseLeadershipAsync(long epoch, CancellationToken cancellationToken) =>
        CallAsync(() => Done(database.Store.ReleaseLeadershipAsync(epoch, default)), cancellationToken);

    public Task MigrateAsync(long epoch, CancellationToken cancellationToken) =>
        CallAsync(() => Done(database.Store.MigrateAsync(epoch, default)), cancellationToken);

    public Task<ulong> LoadAsync(IStateReader reader, CancellationToken cancellationToken) =>
        CallAsync(() => database.Store.LoadAsync(reader, default), cancellationToken);

    public Task<bool> IsMigratedAsync(CancellationToken cancellationToken) =>
        CallAsync(() => database.Store.IsMigratedAsync(default), cancellationToken);

    public Task<StateChanges?> ReadChangesAsync(ulong since, CancellationToken cancellationToken) =>
        CallAsync(
            async () =>
            {
                var changes = await database.Store.ReadChangesAsync(since, default);
                return changes is null ? null : database.TamperChanges(changes);
            },
            cancellationToken
        );

    public Task CommitAsync(CommitBatch batch, CancellationToken cancellationToken) =>
        CallAsync(
            () =>
            {
                // The in-memory store completes synchronously; a refusal is in the task.
                var written = database.Tamper is { } tamper ? tamper(process, batch) : batch;
                if (written is null)
                    return Task.FromResult(true);
                var commit = Done(database.Store.CommitAsync(written, default));
                if (commit.IsCompletedSuccessfully)
                    database.Committed?.Invoke(process, written);
                return commit;
            },
            cancellationToken
        );

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<T> CallAsync<T>(Func<Task<T>> atDatabase, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var answer = new TaskCompletionSource<T>();
        var fault = database.DrawFault();
        network.After(
            machine,
            database.Machine,
            () =>
            {
                if (database.IsDown)
                    Answer(Task.FromException<T>(new StoreException("the server refused the connection")));
                else
                    database.WhenAwake(() => network.World.After(database.DrawTime(), () => database.WhenAwake(Execute)));
            }
        );
        using var given = cancellationToken.UnsafeRegister(_ => answer.TrySetCanceled(cancellationToken), null);
        var patience = network.World.After(Patience, () => process.Post(_ => answer.TrySetException(Unknown("no answer in time")), null));
        try
        {
            return await answer.Task;
        }
        finally
        {
            patience.Cancel();
        }

        void Execute()
        {
            if (database.IsDown || fault == StoreFault.RequestLost)
                Answer(Task.FromException<T>(Unknown("the connection was lost")));
            else if (fault == StoreFault.Refused)
                Answer(Task.FromException<T>(new StoreException("the server refused the statement")));
            else
            {
                var result = atDatabase();
                Answer(
                    fault == StoreFault.AnswerLost && result.IsCompletedSuccessfully
                        ? Task.FromException<T>(Unknown("the answer was lost"))
                        : result
                );
            }
        }

        void Answer(Task<T> result) =>
            network.After(
                database.Machine,
                machine,
                () =>
                    process.Post(
                        _ =>
                        {
                            if (result.IsCompletedSuccessfully)
                                answer.TrySetResult(result.Result);
                            else
                                answer.TrySetException(result.Exception!.InnerException!);
                        },
                        null
                    )
            );
    }

    private static StoreException Unknown(string why) => new(why, outcomeUnknown: true);

    private static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }
}
