using System.Buffers;
using System.Text;

namespace Grpc.Core;

public sealed partial class Metadata
{
    /// <summary>One key with its value.</summary>
    public class Entry
    {
        private static readonly SearchValues<char> KeyCharacters =
            SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

        private readonly string? _value;
        private readonly byte[]? _valueBytes;

        /// <exception cref="ArgumentException">The key has other characters than a-z, 0-9, '_', '-', '.', or does not end in "-bin".</exception>
        public Entry(string key, byte[] valueBytes)
        {
            Key = NormalizeKey(key);
            if (!IsBinaryKey(Key))
                throw new ArgumentException($"Key for binary valued metadata entry needs to have suffix indicating binary value ({BinaryHeaderSuffix}).", nameof(key));
            ArgumentNullException.ThrowIfNull(valueBytes);
            _valueBytes = (byte[])valueBytes.Clone();
        }

        /// <exception cref="ArgumentException">The key has other characters than a-z, 0-9, '_', '-', '.', or ends in "-bin".</exception>
        public Entry(string key, string value)
        {
            Key = NormalizeKey(key);
            if (IsBinaryKey(Key))
                throw new ArgumentException($"Key for ASCII valued metadata entry cannot have suffix indicating binary value ({BinaryHeaderSuffix}).", nameof(key));
            ArgumentNullException.ThrowIfNull(value);
            _value = value;
        }

        private Entry(string key, string? value, byte[]? valueBytes)
        {
            Key = key;
            _value = value;
            _valueBytes = valueBytes;
        }

        /// <summary>Lower case.</summary>
        public string Key { get; }

        /// <summary>The value as bytes: a copy if the entry is binary.</summary>
        public byte[] ValueBytes => _valueBytes is null ? Encoding.ASCII.GetBytes(_value!) : (byte[])_valueBytes.Clone();

        /// <summary>The value as text.</summary>
        /// <exception cref="InvalidOperationException">The entry is binary.</exception>
        public string Value => _value ?? throw new InvalidOperationException("Cannot access string value of a binary metadata entry");

        public bool IsBinary => _value is null;

        public override string ToString() => IsBinary
            ? $"[Entry: key={Key}, valueBytes={_valueBytes!.Length} bytes]"
            : $"[Entry: key={Key}, value={_value}]";

        internal ReadOnlySpan<byte> BinaryValue => _valueBytes;

        internal bool KeyEqualsIgnoreCase(string key) =>
            Key.Length == key.Length && string.Equals(Key, key, StringComparison.OrdinalIgnoreCase);

        /// <summary>For keys and values that came over HTTP/2, which has lower-cased and checked them; owns the array.</summary>
        internal static Entry FromWire(string key, byte[] valueBytes) => new(key, null, valueBytes);

        /// <inheritdoc cref="FromWire(string, byte[])"/>
        internal static Entry FromWire(string key, string value) => new(key, value, null);

        internal static bool IsBinaryKey(string key) => key.EndsWith(BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase);

        private static string NormalizeKey(string key)
        {
            ArgumentNullException.ThrowIfNull(key);
            var lower = key.ToLowerInvariant();
            if (lower.Length == 0 || lower.AsSpan().ContainsAnyExcept(KeyCharacters))
                throw new ArgumentException($"Metadata entry key '{key}' not valid. Keys can only contain lowercase alphanumeric characters, underscores, hyphens and dots.", nameof(key));
            return lower;
        }
    }
}
