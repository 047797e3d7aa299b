using System.Buffers;
using System.Globalization;
using System.Text;

namespace Scheduler.RouteEmitter.Nats;

/// <summary>Cuts a server's bytes into frames. Keeps no state: an incomplete frame is looked at again when more has come.</summary>
internal static class NatsParser
{
    // The protocol allows 4 KiB of control line, INFO of a large cluster is longer; more than this is not a NATS server.
    private const int MaxLineBytes = 64 << 10;

    // The server's own default is 1 MiB.
    private const int MaxPayloadBytes = 64 << 20;

    /// <summary>Takes the first frame off <paramref name="buffer"/>.</summary>
    /// <returns>False when it is not complete yet; the buffer is then left as it was.</returns>
    /// <exception cref="NatsException">This is not the NATS protocol.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out NatsFrame frame)
    {
        frame = default;
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> lineBytes, "\r\n"u8))
        {
            if (buffer.Length > MaxLineBytes)
                throw new NatsException($"a line of more than {MaxLineBytes} bytes");
            return false;
        }

        var line = Encoding.UTF8.GetString(lineBytes);
        var space = line.IndexOfAny([' ', '\t']);
        var verb = space < 0 ? line : line[..space];
        var rest = space < 0 ? "" : line[(space + 1)..].Trim();
        switch (verb.ToUpperInvariant())
        {
            case "MSG":
                if (!TryReadMessage(rest, ref reader, out frame))
                    return false;
                break;
            case "PING":
                frame = new NatsFrame(NatsFrameKind.Ping);
                break;
            case "PONG":
                frame = new NatsFrame(NatsFrameKind.Pong);
                break;
            case "INFO":
                frame = new NatsFrame(NatsFrameKind.Info, rest);
                break;
            case "+OK":
                frame = new NatsFrame(NatsFrameKind.Ok);
                break;
            case "-ERR":
                frame = new NatsFrame(NatsFrameKind.Error, rest.Trim('\''));
                break;
            default:
                throw new NatsException($"unknown message \"{(verb.Length > 32 ? verb[..32] : verb)}\"");
        }

        buffer = buffer.Slice(reader.Position);
        return true;
    }

    // MSG <subject> <sid> [reply-to] <bytes>, then the body and an end of line.
    private static bool TryReadMessage(string line, ref SequenceReader<byte> reader, out NatsFrame frame)
    {
        frame = default;
        var parts = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is < 3 or > 4
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            || !int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > MaxPayloadBytes)
        {
            throw new NatsException($"malformed MSG \"{line}\"");
        }

        if (reader.Remaining < length + 2)
            return false;
        var payload = reader.UnreadSequence.Slice(0, length).ToArray();
        reader.Advance(length);
        if (!reader.IsNext("\r\n"u8, advancePast: true))
            throw new NatsException("a body that does not end where it should");
        frame = new NatsFrame(NatsFrameKind.Message, parts[0], id, payload);
        return true;
    }
}
