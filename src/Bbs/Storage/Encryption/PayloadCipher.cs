using System.Security.Cryptography;
using System.Text;

namespace Scheduler.Bbs.Storage.Encryption;

/// <summary>
/// Converts sensitive values to and from their stored form. First byte 0: the plain value follows. First byte 1: AES-256-GCM with a named
/// key: one byte with the label's length, the label (UTF-8), a nonce of 12 bytes, the encrypted value, a tag of 16 bytes. The table and
/// key of the row are authenticated too, so a value cannot be moved to another row.
/// </summary>
internal sealed class PayloadCipher : IDisposable
{
    private const byte Plain = 0;
    private const byte Aes256Gcm = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly Dictionary<string, AesGcm> _ciphers = new(StringComparer.Ordinal);
    private readonly byte[] _activeLabel;

    public PayloadCipher(StorageKeys keys)
    {
        ActiveLabel = keys.ActiveLabel;
        _activeLabel = Encoding.UTF8.GetBytes(keys.ActiveLabel);
        foreach (var (label, key) in keys.Keys)
            _ciphers.Add(label, new AesGcm(key, TagBytes));
    }

    /// <summary>Label of the key for new values; empty for plain values.</summary>
    public string ActiveLabel { get; }

    public byte[] Seal(ReadOnlySpan<byte> value, string place)
    {
        if (ActiveLabel.Length == 0)
        {
            var plain = new byte[1 + value.Length];
            plain[0] = Plain;
            value.CopyTo(plain.AsSpan(1));
            return plain;
        }

        var head = 2 + _activeLabel.Length;
        var sealedValue = new byte[head + NonceBytes + value.Length + TagBytes];
        sealedValue[0] = Aes256Gcm;
        sealedValue[1] = (byte)_activeLabel.Length;
        _activeLabel.CopyTo(sealedValue, 2);
        var nonce = sealedValue.AsSpan(head, NonceBytes);
        // Up to 2^32 values under one key, random nonces collide with a probability below 2^-32: more than a cluster writes between
        // rotations.
        RandomNumberGenerator.Fill(nonce);
        _ciphers[ActiveLabel]
            .Encrypt(
                nonce,
                value,
                sealedValue.AsSpan(head + NonceBytes, value.Length),
                sealedValue.AsSpan(head + NonceBytes + value.Length),
                Encoding.UTF8.GetBytes(place)
            );
        return sealedValue;
    }

    /// <exception cref="StoreException">The value is damaged, was moved to another row, or its key is not configured.</exception>
    public byte[] Open(ReadOnlySpan<byte> stored, string place)
    {
        if (stored.Length == 0)
            throw Damaged(place, "it is empty");
        return stored[0] switch
        {
            Plain => stored[1..].ToArray(),
            Aes256Gcm => Decrypt(stored, place),
            var format => throw Damaged(place, $"its format {format} is unknown"),
        };
    }

    public void Dispose()
    {
        foreach (var cipher in _ciphers.Values)
            cipher.Dispose();
    }

    private byte[] Decrypt(ReadOnlySpan<byte> stored, string place)
    {
        var head = 2 + (stored.Length > 1 ? stored[1] : 0);
        if (stored.Length < head + NonceBytes + TagBytes)
            throw Damaged(place, "it is too short");
        var label = Encoding.UTF8.GetString(stored[2..head]);
        if (!_ciphers.TryGetValue(label, out var cipher))
            throw new StoreException($"{place} is encrypted with the key \"{label}\", which is not configured: add it to the storage keys");
        var value = new byte[stored.Length - head - NonceBytes - TagBytes];
        try
        {
            cipher.Decrypt(
                stored.Slice(head, NonceBytes),
                stored.Slice(head + NonceBytes, value.Length),
                stored[^TagBytes..],
                value,
                Encoding.UTF8.GetBytes(place)
            );
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new StoreException(
                $"{place} cannot be decrypted with the key \"{label}\": the key is wrong, or the value was modified",
                inner: e
            );
        }
        return value;
    }

    private static StoreException Damaged(string place, string how) => new($"{place} is damaged: {how}");
}
