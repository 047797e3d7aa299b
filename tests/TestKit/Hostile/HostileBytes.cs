using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Scheduler.Models;

namespace Scheduler.Tests.TestKit.Hostile;

/// <summary>
/// Generates malicious requests: messages of the contract, built from its descriptors, with values that no regular client sends, and
/// occasionally bytes that are not a message at all.
/// </summary>
public sealed class HostileBytes(SeededRandom chance)
{
    private const int MaxDepth = 6;

    private static readonly string[] Guids = ["web", "job", "i-1", "i-2", "web-2", "none"];
    private static readonly string[] CellIds = ["cell-1", "cell-2", "cell-9"];
    private static readonly string[] Domains = ["apps", "jobs", "nowhere"];
    private static readonly string[] Urls =
    [
        "http://127.0.0.1:1",
        "https://127.0.0.1:1",
        "unix:///nowhere",
        "http://[::1",
        "http://",
        "ftp://127.0.0.1",
        "http://user:pass@127.0.0.1:1/\u0001",
    ];

    private static readonly byte[][] Texts =
    [
        [],
        "\0"u8.ToArray(),
        "a\0b"u8.ToArray(),
        "a\r\nX-Header: b"u8.ToArray(),
        "\u001b[31mred"u8.ToArray(),
        "trailing "u8.ToArray(),
        "../../../etc/passwd"u8.ToArray(),
        "%s%n{0}${x}' OR 1=1 --"u8.ToArray(),
        "𝕊\u200d\u202e"u8.ToArray(),
        // Half a surrogate pair, an invalid byte, an overlong zero, a code point beyond the last.
        [0xED, 0xA0, 0x80],
        [0xFF, 0xFE],
        [0xC0, 0x80],
        [0xF4, 0x90, 0x80, 0x80],
        [(byte)'a', 0x80],
        Encoding.UTF8.GetBytes(new string('x', 255)),
        Encoding.UTF8.GetBytes(new string('x', 256)),
        Encoding.UTF8.GetBytes(new string('é', 5_000)),
        Encoding.UTF8.GetBytes(new string('\0', 300)),
        new byte[70_000],
        Encoding.UTF8.GetBytes(new string('z', 200_000)),
    ];

    private static readonly long[] Numbers =
    [
        0,
        1,
        2,
        3,
        -1,
        100,
        255,
        65_535,
        65_536,
        int.MaxValue,
        int.MinValue,
        uint.MaxValue,
        (long)int.MaxValue + 1,
        long.MaxValue,
        long.MinValue,
        15_000,
    ];

    // Accepted values cost work in proportion, so they are either small or refused.
    private static readonly long[] Counts = [0, 1, 2, 3, -1, int.MaxValue, int.MinValue];

    private static readonly double[] Fractions =
    [
        0,
        1,
        -1,
        double.NaN,
        double.PositiveInfinity,
        double.NegativeInfinity,
        double.MaxValue,
        double.Epsilon,
    ];

    /// <param name="valid">A valid request, if available: most results are that request with one or two changed fields.</param>
    public byte[] Of(MessageDescriptor type, IMessage? valid)
    {
        var bytes =
            valid is not null && chance.Percent(75)
                // Bytes after a message are merged into it: a field replaces, a nested message adds.
                ? [.. valid.ToByteArray(), .. chance.Percent(80) ? Sparse(type, 0) : []]
                : Message(type, 0);
        if (chance.Percent(4))
            bytes = [.. bytes, .. Nested(type)];
        return chance.Percent(12) ? Spoiled(bytes) : bytes;
    }

    private byte[] Message(MessageDescriptor type, int depth) =>
        Write(output =>
        {
            foreach (var field in type.Fields.InDeclarationOrder())
            {
                if (field.FieldType == FieldType.Message && depth >= MaxDepth)
                    continue;
                if (!chance.Percent(depth == 0 ? 85 : 40))
                    continue;
                for (var i = field.IsRepeated ? (chance.Percent(2) ? 150 : chance.Next(4)) : 1; i > 0; i--)
                    Field(output, field, inner => Message(inner, depth + 1));
            }
        });

    /// <summary>One field, at a random place.</summary>
    private byte[] Sparse(MessageDescriptor type, int depth) =>
        type.Fields.InDeclarationOrder() is { Count: > 0 } fields
            ? Write(output => Field(output, chance.Pick([.. fields]), inner => depth >= MaxDepth ? [] : Sparse(inner, depth + 1)))
            : [];

    /// <summary>
    /// Nests the first field that can contain its own type far deeper than any real message; without such a field, nests random fields.
    /// </summary>
    private byte[] Nested(MessageDescriptor type)
    {
        var depth = chance.Pick([20, 60, 90, 99, 101, 150, 2_000]);
        var path = new List<int>();
        var at = type;
        while (path.Count < depth)
        {
            var messages = at.Fields.InDeclarationOrder().Where(field => field.FieldType == FieldType.Message && !field.IsMap).ToList();
            if (messages.Count == 0)
                break;
            var next =
                messages.Find(field => field.MessageType.Name is "Action" or "TryAction" or "DesiredLRP" or "TaskDefinition")
                ?? chance.Pick(messages);
            path.Add(next.FieldNumber);
            at = next.MessageType;
        }

        byte[] inner = [];
        for (var i = path.Count - 1; i >= 0; i--)
        {
            var (number, content) = (path[i], inner);
            inner = Write(output => Bytes(output, number, content));
        }

        return inner;
    }

    private void Field(CodedOutputStream output, FieldDescriptor field, Func<MessageDescriptor, byte[]> message)
    {
        var number = field.FieldNumber;
        switch (field.FieldType)
        {
            case FieldType.Message:
                Bytes(output, number, message(field.MessageType));
                break;
            case FieldType.String:
                Bytes(output, number, Text(field.Name));
                break;
            case FieldType.Bytes:
                Bytes(
                    output,
                    number,
                    chance.Percent(50) ? "[{\"hostnames\":[\"a\"],\"port\":80,\"hostname\":\"\\u0000\"}]"u8.ToArray() : chance.Pick(Texts)
                );
                break;
            case FieldType.Double:
                output.WriteTag(number, WireFormat.WireType.Fixed64);
                output.WriteDouble(chance.Pick(Fractions));
                break;
            default:
                output.WriteTag(number, WireFormat.WireType.Varint);
                output.WriteInt64(Number(field));
                break;
        }
    }

    private long Number(FieldDescriptor field) =>
        field switch
        {
            { FieldType: FieldType.Enum } when chance.Percent(70) => chance.Pick([.. field.EnumType.Values]).Number,
            { FieldType: FieldType.Bool } when chance.Percent(80) => chance.Next(2),
            { Name: "instances" or "added_cells" or "indices" or "index" } => chance.Pick(Counts),
            _ => chance.Pick(Numbers),
        };

    private byte[] Text(string field)
    {
        if (chance.Percent(45))
            return chance.Pick(Texts);
        return Encoding.UTF8.GetBytes(
            field switch
            {
                _ when field.Contains("cell", StringComparison.Ordinal) => chance.Pick(CellIds),
                _ when field.Contains("guid", StringComparison.Ordinal) => chance.Pick(Guids),
                "domain" => chance.Pick(Domains),
                "root_fs" => "preloaded:busybox",
                "key" => chance.Pick(["auctioneer", "converger", "route_emitter", "mine"]),
                "protocol" => "tcp",
                _ when field.Contains("url", StringComparison.Ordinal)
                        || field.Contains("address", StringComparison.Ordinal)
                        || field == "value" => chance.Pick(Urls),
                _ => chance.Pick(["x", "run", "/bin/sh", "vcap"]),
            }
        );
    }

    /// <summary>Truncated, with flipped bits, with trailing bytes, or not a message from the start.</summary>
    private byte[] Spoiled(byte[] bytes)
    {
        switch (chance.Next(5))
        {
            case 0 when bytes.Length > 0:
                return bytes[..chance.Next(bytes.Length)];
            case 1 when bytes.Length > 0:
                var flipped = (byte[])bytes.Clone();
                for (var i = chance.Next(1, 8); i > 0; i--)
                    flipped[chance.Next(flipped.Length)] ^= (byte)(1 << chance.Next(8));
                return flipped;
            case 2:
                // A length beyond the end, an unclosed group, a field with the number zero, an unterminated varint.
                return
                [
                    .. bytes,
                    .. chance.Pick<byte[]>([
                        [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07],
                        [0x0B],
                        [0x00],
                        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                    ]),
                ];
            case 3:
                // Unknown fields, which are retained.
                return [.. bytes, .. Write(output => Bytes(output, 536_870_911, new byte[chance.Next(1, 2_000)]))];
            default:
                var noise = new byte[chance.Next(1, 300)];
                for (var i = 0; i < noise.Length; i++)
                    noise[i] = (byte)chance.Next(256);
                return noise;
        }
    }

    private static void Bytes(CodedOutputStream output, int number, byte[] content)
    {
        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(content));
    }

    private static byte[] Write(Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
            write(output);
        return buffer.ToArray();
    }
}
