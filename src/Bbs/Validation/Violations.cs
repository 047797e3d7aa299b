using System.Text;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Bbs.Validation;

/// <summary>Gathers everything that is wrong with a request, so that its sender can mend it in one go.</summary>
internal sealed class Violations
{
    public const int NameLimit = 255;

    private const int ContainerNameLimit = 128;

    private readonly List<FieldViolation> _found = [];

    public IReadOnlyList<FieldViolation> Found => _found;

    public void Add(string field, string rule) => _found.Add(new FieldViolation(field, rule));

    public void Require(bool holds, string field, string rule)
    {
        if (!holds) Add(field, rule);
    }

    /// <summary>False when it is empty, and then nothing more need be said of it.</summary>
    public bool NotEmpty(string value, string field)
    {
        Require(value.Length > 0, field, "must not be empty");
        return value.Length > 0;
    }

    public bool Present(object? value, string field)
    {
        Require(value is not null, field, "must be set");
        return value is not null;
    }

    public void AtLeastZero(long value, string field) => Require(value >= 0, field, "must be at least 0");

    public void AtMostCharacters(string value, int limit, string field) =>
        Require(value.Length <= limit, field, $"must be at most {limit} characters, and is {value.Length}");

    public void AtMostBytes(string value, int limit, string field)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        Require(bytes <= limit, field, $"must be at most {limit} bytes, and is {bytes}");
    }

    /// <summary>A name that becomes a key: not empty, at most 255 characters, none of them a control character.</summary>
    public void Name(string value, string field)
    {
        if (!NotEmpty(value, field)) return;
        AtMostCharacters(value, NameLimit, field);
        Require(!value.Any(char.IsControl), field, "must not contain control characters");
    }

    /// <summary><c>^[a-zA-Z0-9_-]+$</c>, at most 255 characters unless another limit is given.</summary>
    public void Guid(string value, string field, int limit = NameLimit)
    {
        if (!NotEmpty(value, field)) return;
        AtMostCharacters(value, limit, field);
        foreach (var c in value)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '-') continue;
            Add(field, "must consist of letters, digits, _ and -");
            return;
        }
    }

    /// <summary>A guid that names a container as well: at most 128 characters, and a letter or digit first, as cells demand it.</summary>
    public void ContainerName(string value, string field)
    {
        Guid(value, field, ContainerNameLimit);
        Require(value.Length == 0 || char.IsAsciiLetterOrDigit(value[0]), field, "must begin with a letter or digit");
    }

    /// <exception cref="DomainException">InvalidRequest, with all of it.</exception>
    public void ThrowIfAny()
    {
        if (_found.Count > 0) throw DomainError.Invalid(_found).ToException();
    }
}
