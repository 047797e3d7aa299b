using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Scheduler.RouteEmitter.Nats;

/// <summary>Writes a client's protocol messages.</summary>
internal static class NatsWriter
{
    public static void Publish(IBufferWriter<byte> to, string subject, string? replyTo, ReadOnlySpan<byte> payload)
    {
        var span = to.GetSpan(subject.Length * 3 + (replyTo?.Length ?? 0) * 3 + payload.Length + 32);
        var at = 0;
        Append(span, ref at, "PUB "u8);
        at += Encoding.UTF8.GetBytes(subject, span[at..]);
        span[at++] = (byte)' ';
        if (replyTo is not null)
        {
            at += Encoding.UTF8.GetBytes(replyTo, span[at..]);
            span[at++] = (byte)' ';
        }

        Utf8Formatter.TryFormat(payload.Length, span[at..], out var digits);
        at += digits;
        Append(span, ref at, "\r\n"u8);
        Append(span, ref at, payload);
        Append(span, ref at, "\r\n"u8);
        to.Advance(at);
    }

    public static void Subscribe(IBufferWriter<byte> to, string subject, int id) => to.Write(Encoding.UTF8.GetBytes($"SUB {subject} {id}\r\n"));

    public static void Connect(IBufferWriter<byte> to, ReadOnlySpan<byte> json)
    {
        to.Write("CONNECT "u8);
        to.Write(json);
        to.Write("\r\n"u8);
    }

    public static void Ping(IBufferWriter<byte> to) => to.Write("PING\r\n"u8);

    public static void Pong(IBufferWriter<byte> to) => to.Write("PONG\r\n"u8);

    private static void Append(Span<byte> span, ref int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(span[at..]);
        at += bytes.Length;
    }
}
