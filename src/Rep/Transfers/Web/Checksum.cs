using System.Security.Cryptography;

namespace Scheduler.Rep.Transfers.Web;

/// <summary>A digest that a download must have.</summary>
/// <param name="Algorithm"><c>md5</c>, <c>sha1</c>, <c>sha256</c> or, of image layers, <c>sha512</c>.</param>
/// <param name="Value">Hexadecimal, in lower case.</param>
internal sealed record Checksum(string Algorithm, string Value)
{
    /// <summary>Null if both are empty.</summary>
    /// <exception cref="TransferException">The algorithm is unknown, or the value is no digest of it.</exception>
    public static Checksum? Of(string algorithm, string value)
    {
        if (algorithm.Length == 0 && value.Length == 0)
            return null;
        var checksum = new Checksum(algorithm.ToLowerInvariant(), value.ToLowerInvariant());
        var digits = checksum.Algorithm switch
        {
            "md5" => 32,
            "sha1" => 40,
            "sha256" => 64,
            "sha512" => 128,
            _ => throw TransferException.Permanent("its checksum algorithm must be md5, sha1, sha256 or sha512"),
        };
        return checksum.Value.Length == digits && checksum.Value.All(char.IsAsciiHexDigit)
            ? checksum
            : throw TransferException.Permanent($"its {checksum.Algorithm} checksum must have {digits} hexadecimal digits");
    }

    public HashAlgorithmName HashName =>
        Algorithm switch
        {
            "md5" => HashAlgorithmName.MD5,
            "sha1" => HashAlgorithmName.SHA1,
            "sha512" => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA256,
        };
}
