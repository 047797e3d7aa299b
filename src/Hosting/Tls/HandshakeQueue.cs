using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Scheduler.Hosting.Tls;

/// <summary>
/// Lets a few connections of a listener shake hands at a time. When a whole fleet connects at once, for example to a standby that took over,
/// the handshakes would otherwise share the processors, all end after the peers have given up, and begin again.
/// </summary>
/// <remarks>
/// Nobody has proved anything before the handshake, so nobody can keep others from it: a connection queues with its first bytes only, its
/// turn ends after <see cref="LongestTurn"/> at the latest, an address has half of the turns at most, and a peer that hangs up leaves the
/// queue.
/// </remarks>
/// <param name="turns">Number of handshakes at a time.</param>
/// <param name="patience">Time for a connection to send its first bytes and to have its turn.</param>
internal sealed class HandshakeQueue(int turns, TimeSpan patience, TimeProvider time)
{
    /// <summary>A handshake takes milliseconds of processor time and two round trips.</summary>
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _free = new(turns);
    private readonly Dictionary<IPAddress, Share> _shares = [];

    /// <summary>Goes before TLS.</summary>
    public ConnectionDelegate Enter(ConnectionDelegate next) =>
        async connection =>
        {
            using var turn = await TurnAsync(connection);
            if (turn is null)
                return;
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

    /// <returns>Null if the peer has gone, or has waited long enough.</returns>
    private async Task<Turn?> TurnAsync(ConnectionContext connection)
    {
        using var late = new CancellationTokenSource(patience, time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed, late.Token);
        try
        {
            var first = await connection.Transport.Input.ReadAsync(giveUp.Token);
            connection.Transport.Input.AdvanceTo(first.Buffer.Start);
            if (first.Buffer.IsEmpty)
                return null;
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            return null;
        }

        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        var share = Join(address);
        try
        {
            await share.Free.WaitAsync(giveUp.Token);
        }
        catch (OperationCanceledException)
        {
            Leave(address, share);
            return null;
        }

        try
        {
            await _free.WaitAsync(giveUp.Token);
        }
        catch (OperationCanceledException)
        {
            share.Free.Release();
            Leave(address, share);
            return null;
        }

        return new Turn(
            () =>
            {
                _free.Release();
                share.Free.Release();
                Leave(address, share);
            },
            time
        );
    }

    private Share Join(IPAddress address)
    {
        lock (_shares)
        {
            if (!_shares.TryGetValue(address, out var share))
                _shares.Add(address, share = new Share(Math.Max(1, turns / 2)));
            share.Members++;
            return share;
        }
    }

    private void Leave(IPAddress address, Share share)
    {
        lock (_shares)
        {
            if (--share.Members == 0)
                _shares.Remove(address);
        }
    }

    /// <summary>The turns of one address, while any of its connections waits or has one.</summary>
    private sealed class Share(int turns)
    {
        public SemaphoreSlim Free { get; } = new(turns);

        public int Members { get; set; }
    }

    /// <summary>Given back once: after the handshake, or before if that takes long.</summary>
    private sealed class Turn : IDisposable
    {
        private readonly Action _giveBack;
        private readonly ITimer _limit;
        private int _over;

        public Turn(Action giveBack, TimeProvider time)
        {
            _giveBack = giveBack;
            // Started only when it is assigned: it uses itself.
            _limit = time.CreateTimer(_ => Dispose(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _limit.Change(LongestTurn, Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _over, 1) != 0)
                return;
            _limit.Dispose();
            _giveBack();
        }
    }
}
