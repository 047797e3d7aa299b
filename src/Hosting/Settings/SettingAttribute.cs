using System.Reflection;

namespace Scheduler.Hosting.Settings;

/// <summary>
/// An option that an operator sets with a flag, an environment variable or a key of the configuration file, all of one name. Its range is
/// told by <see cref="System.ComponentModel.DataAnnotations.RangeAttribute"/>, its default by the value in a new object.
/// </summary>
/// <param name="description">What the option is for, as <c>scheduler settings</c> and <c>docs/settings.md</c> show it.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string description) : Attribute
{
    public string Description => description;

    /// <summary>The flag without its dashes; null: the property's name, such as <c>max-batch-rows</c> for <c>MaxBatchRows</c>.</summary>
    public string? Name { get; set; }

    /// <summary>Whether <c>--help</c> shows it; the others are for those who look for them.</summary>
    public bool Common { get; set; }

    /// <summary>The name under which operators know a property, whether or not it has the attribute.</summary>
    public static string NameOf(MemberInfo property) =>
        property.GetCustomAttribute<SettingAttribute>()?.Name ?? Kebab(property.Name);

    private static string Kebab(string name) =>
        string.Concat(name.Select((letter, at) => char.IsUpper(letter) ? $"{(at == 0 ? "" : "-")}{char.ToLowerInvariant(letter)}" : $"{letter}"));
}
