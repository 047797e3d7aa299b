using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Scheduler.Models;

namespace Scheduler.Hosting.Settings;

/// <summary>Check of options objects against their annotations, before anything starts.</summary>
public static class OptionRules
{
    /// <summary>
    /// Every rule that a value breaks: the annotations of each property, and what the object itself adds as an
    /// <see cref="IValidatableObject"/>. Fields are named like the settings.
    /// </summary>
    public static IReadOnlyList<FieldViolation> Violations(params IEnumerable<object> options) => [.. options.SelectMany(Of)];

    /// <exception cref="DomainException">Values break rules; names all of them.</exception>
    public static void Check(params IEnumerable<object> options)
    {
        if (Violations(options) is { Count: > 0 } broken)
            throw DomainError.Invalid(broken).ToException();
    }

    private static IEnumerable<FieldViolation> Of(object options)
    {
        var type = options.GetType();
        foreach (var property in type.GetProperties())
        {
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
            {
                if (!rule.IsValid(property.GetValue(options)))
                    yield return new FieldViolation(SettingAttribute.NameOf(property), Text(rule));
            }
        }

        if (options is not IValidatableObject whole)
            yield break;
        foreach (var broken in whole.Validate(new ValidationContext(options)))
        {
            var members = broken.MemberNames.Select(name =>
                type.GetProperty(name) is { } property ? SettingAttribute.NameOf(property) : name
            );
            yield return new FieldViolation(string.Join(", ", members), broken.ErrorMessage ?? "is not valid");
        }
    }

    /// <summary>The rule in words, such as <c>must be from 1 to 500</c>.</summary>
    public static string Text(ValidationAttribute rule) =>
        rule switch
        {
            RangeAttribute range => $"must be {Bounds(range)}",
            StringLengthAttribute length => $"must have at most {length.MaximumLength} characters",
            RequiredAttribute => "must not be empty",
            _ => "is not valid",
        };

    /// <summary>The values that a range allows, in words.</summary>
    public static string Bounds(RangeAttribute range)
    {
        // For other types than numbers, the bounds are strings until the attribute has checked a value.
        range.IsValid(null);
        range.IsValid(range.OperandType == typeof(TimeSpan) ? TimeSpan.Zero : 0);
        var least = Text(range.Minimum);
        return range.Maximum is int.MaxValue or long.MaxValue or double.MaxValue or (double)long.MaxValue
            ? $"at least {least}"
            : $"from {least} to {Text(range.Maximum)}";
    }

    private static string Text(object bound) =>
        bound is TimeSpan time ? Durations.Text(time) : Convert.ToString(bound, CultureInfo.InvariantCulture)!;
}
