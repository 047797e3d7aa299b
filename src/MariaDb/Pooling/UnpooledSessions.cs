using Scheduler.MariaDb.Sessions;

namespace Scheduler.MariaDb.Pooling;

/// <summary>Pooling=false: every connection is new and is closed when returned.</summary>
internal sealed class UnpooledSessions : SessionSource
{
    public UnpooledSessions(ConnectionSettings settings, TimeProvider time)
        : base(settings, time)
    {
    }

    public override int IdleCount => 0;

    public override MariaDbSession Rent() => Connect(0);

    public override Task<MariaDbSession> RentAsync(CancellationToken cancellationToken) =>
        ConnectAsync(0, static late => late?.Dispose(), cancellationToken);

    public override void Return(MariaDbSession session) => session.Dispose();

    public override void Clear()
    {
    }

    public override void Dispose()
    {
    }
}
