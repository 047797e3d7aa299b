using Scheduler.Contracts.Fields;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Bbs.Storage.Tables;

/// <summary>
/// Collects what does not fit the columns, so that it is refused with the field's name before any SQL. The rules are those that
/// requests are held to, so that nothing gets here that a request could not say.
/// </summary>
internal sealed class ColumnRules
{
    private readonly List<FieldViolation> _violations = [];

    /// <summary>A key column, held to the rule of the field of that name.</summary>
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

    /// <exception cref="DomainException">Something does not fit.</exception>
    public void Throw()
    {
        if (_violations.Count > 0)
            throw DomainError.Invalid(_violations).ToException();
    }
}
