using System.Text;
using Google.Protobuf;

namespace Scheduler.Contracts.Fields;

/// <summary>
/// Rule for the content of one text or byte field. Whether the field may be empty depends on the request and is not part of the rule.
/// </summary>
public sealed record TextRule
{
    private TextRule() { }

    /// <summary>
    /// A name that becomes a key, a label or a column: at most 255 characters (code points), no control characters, and no trailing blank,
    /// because MySQL treats "a" and "a " as the same key.
    /// </summary>
    public static readonly TextRule Name = new()
    {
        MaxCharacters = 255,
        NoControls = true,
        NoBlankAtEnd = true,
    };

    /// <summary>One line: an address, a path, a header. No control characters, so that it cannot corrupt a log or a protocol.</summary>
    public static TextRule Line(int maxBytes) => new() { MaxBytes = maxBytes, NoControls = true };

    /// <summary>Anything that can be passed to a program: several lines, but no zero byte, where C would cut it off.</summary>
    public static TextRule Text(int maxBytes) => new() { MaxBytes = maxBytes, NoZero = true };

    /// <summary>One argument or variable of a program; Linux does not start a program with a longer one.</summary>
    public static TextRule Argument(int maxBytes) =>
        new()
        {
            MaxBytes = maxBytes,
            NoZero = true,
            IsArgument = true,
        };

    /// <summary>Output of a container, or a file for one: any well-formed text. It is stored and returned, and never a key.</summary>
    public static TextRule Content(int maxBytes) => new() { MaxBytes = maxBytes };

    /// <summary>Arbitrary bytes.</summary>
    public static TextRule Blob(int maxBytes) => new() { MaxBytes = maxBytes };

    private int? MaxCharacters { get; init; }

    private int? MaxBytes { get; init; }

    private bool IsArgument { get; init; }

    private bool NoControls { get; init; }

    private bool NoZero { get; init; }

    private bool NoBlankAtEnd { get; init; }

    /// <summary>What the value must be and is not; null if it is valid.</summary>
    public string? Broken(string value)
    {
        if (MaxCharacters is { } characters && value.Length > characters && Characters(value) is var length && length > characters)
            return $"must be at most {characters} characters, and is {length}";
        // A UTF-16 code unit takes at most three bytes in UTF-8.
        if (MaxBytes is { } limit && value.Length > limit / 3 && Encoding.UTF8.GetByteCount(value) is var bytes && bytes > limit)
            return $"must be at most {limit} bytes, and is {bytes}{(IsArgument ? ": too long for Linux to start a program with" : "")}";
        if (NoControls && (value.AsSpan().ContainsAnyInRange('\0', '\x1f') || value.AsSpan().ContainsAnyInRange('\x7f', '\x9f')))
            return "must not contain control characters";
        if (NoZero && value.Contains('\0'))
            return "must not contain U+0000";
        // Half a surrogate pair would be stored as U+FFFD, so the stored text would differ from the one in memory.
        if (value.AsSpan().ContainsAnyInRange('\ud800', '\udfff') && !IsWellFormed(value))
            return "must be well-formed Unicode";
        return NoBlankAtEnd && value is [.., ' '] ? "must not end with a space" : null;
    }

    /// <inheritdoc cref="Broken(string)"/>
    public string? Broken(ByteString value) =>
        MaxBytes is { } limit && value.Length > limit ? $"must be at most {limit} bytes, and is {value.Length}" : null;

    private static int Characters(string value)
    {
        var count = 0;
        foreach (var _ in value.EnumerateRunes())
            count++;
        return count;
    }

    private static bool IsWellFormed(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (!char.IsSurrogate(value[i]))
                continue;
            if (i + 1 == value.Length || !char.IsSurrogatePair(value[i], value[i + 1]))
                return false;
            i++;
        }
        return true;
    }
}
