using Scheduler.MariaDb.Sessions;

namespace Scheduler.MariaDb.Pooling;

/// <summary>Where connections get their sessions from: a pool, or a new one each time.</summary>
internal abstract class SessionSource : IDisposable
{
    protected SessionSource(ConnectionSettings settings, TimeProvider time)
    {
        Settings = settings;
        Time = time;
    }

    public ConnectionSettings Settings { get; }

    public abstract int IdleCount { get; }

    protected TimeProvider Time { get; }

    public static SessionSource Create(ConnectionSettings settings, TimeProvider time) =>
        settings.Pooling ? new SessionPool(settings, time) : new UnpooledSessions(settings, time);

    public abstract MariaDbSession Rent();

    public abstract Task<MariaDbSession> RentAsync(CancellationToken cancellationToken);

    public abstract void Return(MariaDbSession session);

    public abstract void Clear();

    public abstract void Dispose();

    protected MariaDbSession Connect(int generation) => MariaDbSession.Open(Settings, new SessionWorker(), Time, generation);

    /// <summary>
    /// Connects on the session's own thread. A caller who gives up is let go at once; the attempt ends by itself within the connection
    /// timeout and <paramref name="onLate"/> gets what came of it: the session, or null.
    /// </summary>
    protected async Task<MariaDbSession> ConnectAsync(int generation, Action<MariaDbSession?> onLate, CancellationToken cancellationToken)
    {
        var worker = new SessionWorker();
        return (await AbandonableAsync(worker.RunAsync<MariaDbSession?>(() => MariaDbSession.Open(Settings, worker, Time, generation)), onLate, cancellationToken))!;
    }

    /// <summary>Waits for an attempt that cannot be interrupted, but only as long as the caller wants to.</summary>
    protected static async Task<MariaDbSession?> AbandonableAsync(
        Task<MariaDbSession?> attempt, Action<MariaDbSession?> onLate, CancellationToken cancellationToken)
    {
        try
        {
            return await attempt.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // An attempt that fails later fails unheard: its caller has left.
            _ = attempt.ContinueWith(
                late => onLate(late.Exception is null ? late.Result : null),
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default);
            throw new AbandonedException(cancellationToken);
        }
    }

    /// <summary>Cancelled by the caller while the attempt goes on: whatever it holds is released by the late continuation.</summary>
    protected sealed class AbandonedException : OperationCanceledException
    {
        public AbandonedException(CancellationToken cancellationToken)
            : base("Opening the connection was cancelled.", cancellationToken)
        {
        }
    }
}
