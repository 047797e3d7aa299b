using System.Buffers;
using System.Globalization;
using System.Text;

namespace Grpc.Wire;

/// <summary>The value of <c>grpc-message</c>: UTF-8 with everything but printable ASCII, and the percent sign, written as %XX.</summary>
internal static class PercentCodec
{
    /// <summary>Longer messages are cut: headers have a limit (32 KB at Kestrel, 8 KB at several proxies), and the status must get through.</summary>
    internal const int MaxLength = 4096;

    // Space to tilde without the percent sign.
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        " !\"#$&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    public static string Encode(string text)
    {
        if (text.Length > MaxLength)
            text = string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength), "...");
        if (!text.AsSpan().ContainsAnyExcept(Plain))
            return text;
        var encoded = new StringBuilder(text.Length + 16);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && Plain.Contains((char)rune.Value))
            {
                encoded.Append((char)rune.Value);
                continue;
            }

            var length = rune.EncodeToUtf8(utf8);
            foreach (var octet in utf8[..length])
                encoded.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }

    /// <summary>Never fails: a percent sign that starts no code stands for itself, and what is not UTF-8 becomes U+FFFD.</summary>
    public static string Decode(string encoded)
    {
        if (!encoded.Contains('%'))
            return encoded;
        var octets = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(encoded.Length));
        try
        {
            var length = 0;
            for (var i = 0; i < encoded.Length;)
            {
                if (encoded[i] == '%' && i + 2 < encoded.Length && char.IsAsciiHexDigit(encoded[i + 1]) && char.IsAsciiHexDigit(encoded[i + 2]))
                {
                    octets[length++] = byte.Parse(encoded.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                    i += 3;
                    continue;
                }

                var run = encoded.AsSpan(i + 1).IndexOf('%');
                var end = run < 0 ? encoded.Length : i + 1 + run;
                length += Encoding.UTF8.GetBytes(encoded.AsSpan(i, end - i), octets.AsSpan(length));
                i = end;
            }

            return Encoding.UTF8.GetString(octets, 0, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }
}
