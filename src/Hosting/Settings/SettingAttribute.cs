using System.Reflection;

namespace Scheduler.Hosting.Settings;

/// <summary>
/// An option that operators set by a flag, an environment variable or a key of the configuration file, all with the same name. Its range
/// comes from <see cref="System.ComponentModel.DataAnnotations.RangeAttribute"/>, its default from the value in a new object.
/// </summary>
/// <param name="description">The option's purpose, as shown by <c>scheduler settings</c> and <c>docs/settings.md</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string description) : Attribute
{
    public string Description => description;

    /// <summary>
    /// The flag without its dashes; if null, derived from the property's name, such as <c>max-batch-rows</c> for <c>MaxBatchRows</c>.
    /// </summary>
    public string? Name { get; set; }

    /// <summary>
    /// The placeholder of the value in <c>--help</c>, such as <c>CIDR</c>; if null, derived from the type, such as <c>N</c> for a number.
    /// </summary>
    public string? Value { get; set; }

    /// <summary>Whether <c>--help</c> shows it; the others are only in the full list.</summary>
    public bool Common { get; set; }

    /// <summary>The setting's name for a property, whether or not it has the attribute.</summary>
    public static string NameOf(MemberInfo property) => property.GetCustomAttribute<SettingAttribute>()?.Name ?? Kebab(property.Name);

    private static string Kebab(string name) =>
        string.Concat(
            name.Select((letter, at) => char.IsUpper(letter) ? $"{(at == 0 ? "" : "-")}{char.ToLowerInvariant(letter)}" : $"{letter}")
        );
}
