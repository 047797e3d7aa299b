using FieldViolation = Scheduler.Models.FieldViolation;
namespace Scheduler.Bbs.Storage.Encryption;

/// <summary>
/// The keys of the sensitive columns. New values are written with the active one; the others only read what was written
/// before. To rotate: add a key, make it active, restart; rows are rewritten at the start, then the old key can go.
/// </summary>
public sealed class StorageKeys
{
    /// <summary>AES-256.</summary>
    public const int KeyBytes = 32;

    /// <summary>Longest label, in bytes of UTF-8: one byte of the stored form holds the length.</summary>
    public const int MaxLabelBytes = 127;

    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);

    /// <param name="activeLabel">Label of the key to write with; empty writes plain values (and keys, if any, still read).</param>
    /// <param name="keys">Label to 32 random bytes.</param>
    /// <exception cref="DomainException">A label or key breaks a rule. No key is part of the message.</exception>
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

    /// <summary>No key: values are stored as they are. Then whoever reads the database reads its secrets.</summary>
    public static StorageKeys None { get; } = new("", []);

    public string ActiveLabel { get; }

    internal IReadOnlyDictionary<string, byte[]> Keys => _keys;
}
