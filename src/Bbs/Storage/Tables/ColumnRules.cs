using Scheduler.Contracts.Fields;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Bbs.Storage.Tables;

/// <summary>
/// Collects values that do not fit their columns, so that they are refused by field name before any SQL runs. The rules are those for
/// requests, so a value that a valid request can contain always fits.
/// </summary>
internal sealed class ColumnRules
{
    private readonly List<FieldViolation> _violations = [];

    /// <summary>Checks a key column against the rule of the request field with that name.</summary>
    public void Key(string field, string value, TextRule rule)
    {
        if (value.Length == 0)
            _violations.Add(new(field, "must not be empty"));
        else
            Check(field, value, rule);
    }

    public void Check(string field, string value, TextRule rule)
    {
        if (rule.Broken(value) is { } broken)
            _violations.Add(new(field, broken));
    }

    /// <exception cref="DomainException">A value does not fit.</exception>
    public void Throw()
    {
        if (_violations.Count > 0)
            throw DomainError.Invalid(_violations).ToException();
    }
}
