using System.Security.Cryptography;

namespace Scheduler.Rep.Images.Content;

/// <summary>Digests in the format of image documents.</summary>
internal static class Digests
{
    private const string Prefix = "sha256:";

    public static bool IsSha256(string digest) =>
        digest.Length == Prefix.Length + 64
        && digest.StartsWith(Prefix, StringComparison.Ordinal)
        && digest.AsSpan(Prefix.Length).IndexOfAnyExcept("0123456789abcdef") < 0;

    public static string Of(ReadOnlySpan<byte> content) => Prefix + Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>The hexadecimal digits.</summary>
    public static string Hex(string digest) => digest[Prefix.Length..];
}
