using Microsoft.AspNetCore.Connections;

namespace Scheduler.Hosting.Tls;

/// <summary>
/// Lets a few connections of a listener shake hands at a time, in the order in which they came. When a whole fleet connects at once, for
/// example to a standby that took over, the handshakes would otherwise share the processors, all end after the peers have given up, and begin
/// again.
/// </summary>
/// <remarks>
/// A connection queues with its first bytes only, and its turn ends after <see cref="LongestTurn"/> at the latest, so peers that are slow or
/// silent hold up nobody for long. A peer that hangs up leaves the queue.
/// </remarks>
/// <param name="turns">Number of handshakes at a time.</param>
/// <param name="patience">Time for a connection to send its first bytes and to have its turn.</param>
internal sealed class HandshakeQueue(int turns, TimeSpan patience, TimeProvider time)
{
    /// <summary>A handshake takes milliseconds of processor time and two round trips.</summary>
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _free = new(turns);

    /// <summary>Goes before TLS.</summary>
    public ConnectionDelegate Enter(ConnectionDelegate next) =>
        async connection =>
        {
            if (!await HasTurnAsync(connection))
                return;
            using var turn = new Turn(_free, time);
            connection.Features.Set(turn);
            await next(connection);
        };

    /// <summary>Goes after TLS.</summary>
    public static ConnectionDelegate Leave(ConnectionDelegate next) =>
        connection =>
        {
            connection.Features.Get<Turn>()?.Dispose();
            return next(connection);
        };

    private async Task<bool> HasTurnAsync(ConnectionContext connection)
    {
        using var late = new CancellationTokenSource(patience, time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed, late.Token);
        try
        {
            var first = await connection.Transport.Input.ReadAsync(giveUp.Token);
            connection.Transport.Input.AdvanceTo(first.Buffer.Start);
            if (first.Buffer.IsEmpty)
                return false;
            await _free.WaitAsync(giveUp.Token);
            return true;
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            return false;
        }
    }

    /// <summary>Given back once: after the handshake, or before if that takes long.</summary>
    private sealed class Turn : IDisposable
    {
        private readonly SemaphoreSlim _free;
        private readonly ITimer _limit;
        private int _over;

        public Turn(SemaphoreSlim free, TimeProvider time)
        {
            _free = free;
            // Started only when it is assigned: it uses itself.
            _limit = time.CreateTimer(_ => Dispose(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _limit.Change(LongestTurn, Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _over, 1) != 0)
                return;
            _limit.Dispose();
            _free.Release();
        }
    }
}
