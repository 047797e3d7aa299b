using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Bbs.Storage.Encryption;

/// <summary>
/// The keys of the encrypted columns. New values are written with the active key; the other keys only read existing values. To rotate: add
/// a key, make it active and restart; existing rows are rewritten at the start, then the old key can be removed.
/// </summary>
public sealed class StorageKeys
{
    /// <summary>AES-256.</summary>
    public const int KeyBytes = 32;

    /// <summary>Longest label, in bytes of UTF-8; its length is stored in one byte.</summary>
    public const int MaxLabelBytes = 127;

    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);

    /// <param name="activeLabel">Label of the key to write with; empty writes plain values, while any keys can still be used to
    /// read.</param>
    /// <param name="keys">Maps a label to 32 random bytes.</param>
    /// <exception cref="DomainException">A label or key breaks a rule. The message contains no key.</exception>
    public StorageKeys(string activeLabel, IEnumerable<KeyValuePair<string, byte[]>> keys)
    {
        var violations = new List<FieldViolation>();
        foreach (var (label, key) in keys)
        {
            if (label.Length == 0 || System.Text.Encoding.UTF8.GetByteCount(label) > MaxLabelBytes)
                violations.Add(new("storage.keys", $"label \"{label}\" must have 1 to {MaxLabelBytes} bytes"));
            if (key.Length != KeyBytes)
                violations.Add(new($"storage.keys[{label}]", $"must be {KeyBytes} bytes, has {key.Length}"));
            _keys[label] = key;
        }
        if (activeLabel.Length > 0 && !_keys.ContainsKey(activeLabel))
            violations.Add(new("storage.active_key", $"must be the label of a configured key, not \"{activeLabel}\""));
        if (violations.Count > 0)
            throw DomainError.Invalid(violations).ToException();
        ActiveLabel = activeLabel;
    }

    /// <summary>No keys: values are stored in plain text, so anyone who can read the database can read its secrets.</summary>
    public static StorageKeys None { get; } = new("", []);

    public string ActiveLabel { get; }

    internal IReadOnlyDictionary<string, byte[]> Keys => _keys;
}
