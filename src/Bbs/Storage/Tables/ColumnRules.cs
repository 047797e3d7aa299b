using System.Text;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Bbs.Storage.Tables;

/// <summary>Collects what does not fit the columns, so that it is refused with the field's name before any SQL.</summary>
internal sealed class ColumnRules
{
    /// <summary>Characters of a guid, domain, cell, lock or owner.</summary>
    public const int NameLength = 255;

    /// <summary>Bytes of a lock's value.</summary>
    public const int LockValueBytes = 4096;

    private readonly List<FieldViolation> _violations = [];

    /// <summary>A key column. Trailing blanks are refused because MySQL's utf8mb4_bin takes "a" and "a " for the same key.</summary>
    public void Key(string field, string value)
    {
        if (value.Length == 0)
            _violations.Add(new(field, "must not be empty"));
        else if (value[^1] == ' ')
            _violations.Add(new(field, "must not end with a blank"));
        Name(field, value);
    }

    public void Name(string field, string value)
    {
        if (value.Length > NameLength && Characters(value) > NameLength)
            _violations.Add(new(field, $"must have at most {NameLength} characters"));
        if (!IsText(value))
            _violations.Add(new(field, "must be well-formed Unicode without U+0000"));
    }

    public void Bytes(string field, string value, int limit)
    {
        if (Encoding.UTF8.GetByteCount(value) > limit)
            _violations.Add(new(field, $"must have at most {limit} bytes"));
        if (!IsText(value))
            _violations.Add(new(field, "must be well-formed Unicode without U+0000"));
    }

    /// <exception cref="DomainException">Something does not fit.</exception>
    public void Throw()
    {
        if (_violations.Count > 0)
            throw DomainError.Invalid(_violations).ToException();
    }

    private static int Characters(string value)
    {
        var count = 0;
        foreach (var _ in value.EnumerateRunes())
            count++;
        return count;
    }

    // Half a surrogate pair would be stored as U+FFFD: another key than the one in memory.
    private static bool IsText(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\0')
                return false;
            if (!char.IsSurrogate(value[i]))
                continue;
            if (i + 1 == value.Length || !char.IsSurrogatePair(value[i], value[i + 1]))
                return false;
            i++;
        }
        return true;
    }
}
