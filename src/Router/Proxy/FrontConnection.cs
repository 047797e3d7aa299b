using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Scheduler.Router.Proxy;

/// <summary>
/// How a client is connected. With the connection and not the request, whose scheme is the client's own claim.
/// </summary>
internal sealed class FrontConnection
{
    private static readonly FrontConnection Tls = new();

    public static bool IsTls(HttpContext context) => context.Features.Get<FrontConnection>() is not null;

    public static ConnectionDelegate MarkTls(ConnectionDelegate next) =>
        connection =>
        {
            connection.Features.Set(Tls);
            return next(connection);
        };

    /// <summary>
    /// Serves HTTP/2 to clients that begin with its preface. Without TLS, where there is no negotiation, Kestrel would assume HTTP/1.1; what
    /// makes it serve HTTP/2 are the features of a connection on which it was negotiated.
    /// </summary>
    /// <param name="limit">Time for the first bytes; Kestrel's own limits begin after them.</param>
    public static Func<ConnectionDelegate, ConnectionDelegate> DetectHttp2(TimeSpan limit, TimeProvider time) =>
        next =>
            async connection =>
            {
                if (await BeginsWithPrefaceAsync(connection, limit, time) is not { } isHttp2)
                    return;
                if (isHttp2)
                {
                    connection.Features.Set<ITlsApplicationProtocolFeature>(Negotiated.Instance);
                    connection.Features.Set<ITlsConnectionFeature>(Negotiated.Instance);
                }

                await next(connection);
            };

    /// <returns>Null if the client went away or said nothing.</returns>
    private static async Task<bool?> BeginsWithPrefaceAsync(ConnectionContext connection, TimeSpan limit, TimeProvider time)
    {
        var input = connection.Transport.Input;
        using var timer = new CancellationTokenSource(limit, time);
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(timer.Token);
                var isHttp2 = Compare(read.Buffer);
                // Everything stays in the pipe for the one that serves the connection.
                input.AdvanceTo(read.Buffer.Start, isHttp2 is null ? read.Buffer.End : read.Buffer.Start);
                if (isHttp2 is not null)
                    return isHttp2;
                if (read.IsCompleted || read.IsCanceled)
                    return null;
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            return null;
        }
    }

    /// <returns>Null if there are not enough bytes to tell.</returns>
    private static bool? Compare(ReadOnlySequence<byte> bytes)
    {
        // No method of HTTP/1.1 is called PRI.
        var preface = "PRI * HTTP/2.0"u8;
        Span<byte> begin = stackalloc byte[preface.Length];
        var length = (int)Math.Min(bytes.Length, preface.Length);
        bytes.Slice(0, length).CopyTo(begin);
        if (!begin[..length].SequenceEqual(preface[..length]))
            return false;
        return length == preface.Length ? true : null;
    }

    private sealed class Negotiated : ITlsApplicationProtocolFeature, ITlsConnectionFeature
    {
        public static Negotiated Instance { get; } = new();

        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();

        public X509Certificate2? ClientCertificate
        {
            get => null;
            set { }
        }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) =>
            Task.FromResult<X509Certificate2?>(null);
    }
}
