using System.Buffers.Text;

namespace Grpc.Wire;

/// <summary>The values of <c>-bin</c> headers: base64, sent without padding, taken with and without it.</summary>
internal static class BinaryHeaderCodec
{
    public static string Encode(ReadOnlySpan<byte> value)
    {
        var padded = Convert.ToBase64String(value);
        return padded.TrimEnd('=');
    }

    /// <exception cref="FormatException">The text is not base64.</exception>
    public static byte[] Decode(ReadOnlySpan<char> text)
    {
        text = text.Trim(" \t");
        var end = text.Length;
        while (end > 0 && text.Length - end < 2 && text[end - 1] == '=')
            end--;
        text = text[..end];
        if (text.Length % 4 == 1)
            throw NotBase64();
        var padded = (text.Length + 3) / 4 * 4;
        Span<char> whole = padded <= 512 ? stackalloc char[padded] : new char[padded];
        text.CopyTo(whole);
        whole[text.Length..].Fill('=');
        if (!Base64.IsValid(whole))
            throw NotBase64();
        var value = new byte[padded / 4 * 3 - (padded - text.Length)];
        // Base64.IsValid skips white space, which is not allowed inside a header value and makes the result shorter.
        if (!Convert.TryFromBase64Chars(whole, value, out var written) || written != value.Length)
            throw NotBase64();
        return value;
    }

    private static FormatException NotBase64() => new("The value of a binary header is not base64.");
}
