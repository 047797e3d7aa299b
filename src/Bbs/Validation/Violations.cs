using System.Text;
using Google.Protobuf;
using Scheduler.Contracts.Fields;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Bbs.Validation;

/// <summary>Collects all violations of a request, so that the sender can fix them in one go.</summary>
internal sealed class Violations
{
    private const int ContainerNameLimit = 128;

    // A path may contain a map key chosen by the caller.
    private const int LongestPath = 256;

    private readonly List<FieldViolation> _found = [];

    public IReadOnlyList<FieldViolation> Found => _found;

    /// <summary>Adds a violation, unless the field already has one.</summary>
    public void Add(string field, string rule)
    {
        if (field.Length > LongestPath)
            field = string.Concat(field.AsSpan(0, LongestPath), "…");
        if (_found.Count < DomainError.MostViolations && !_found.Exists(known => known.Field == field))
            _found.Add(new FieldViolation(field, rule));
    }

    /// <summary>Applies the rules common to all fields of a kind: <see cref="FieldRules"/>.</summary>
    public void Fields(IMessage request) => RequestFields.Check(request, Add);

    public void Require(bool holds, string field, string rule)
    {
        if (!holds)
            Add(field, rule);
    }

    /// <summary>Returns false when the value is empty; then no further rule needs to be checked.</summary>
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

    public void AtMostBytes(string value, int limit, string field)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        Require(bytes <= limit, field, $"must be at most {limit} bytes, and is {bytes}");
    }

    /// <summary><c>^[a-zA-Z0-9_-]+$</c>, up to the maximum length of a name.</summary>
    public void Guid(string value, string field)
    {
        if (!NotEmpty(value, field))
            return;
        foreach (var c in value)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
                continue;
            Add(field, "must consist of letters, digits, _ and -");
            return;
        }
    }

    /// <summary>A guid that is also a container name: at most 128 characters, starting with a letter or digit, as cells require.</summary>
    public void ContainerName(string value, string field)
    {
        Guid(value, field);
        Require(value.Length <= ContainerNameLimit, field, $"must be at most {ContainerNameLimit} characters, and is {value.Length}");
        Require(value.Length == 0 || char.IsAsciiLetterOrDigit(value[0]), field, "must begin with a letter or digit");
    }

    /// <exception cref="DomainException">InvalidRequest, with all violations.</exception>
    public void ThrowIfAny()
    {
        if (_found.Count > 0)
            throw DomainError.Invalid(_found).ToException();
    }
}
